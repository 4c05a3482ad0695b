"""hvmc.policies."""
