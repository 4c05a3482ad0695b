"""hvmc.scenario."""
