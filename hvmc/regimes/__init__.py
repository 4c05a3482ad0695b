"""Regimes: from a design and a trial's key to a random scenario, hosts and populations alike.

Nothing is simulated here, and nothing is rejected: draws are scaled to a commitment.
"""
