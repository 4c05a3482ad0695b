"""hvmc.cli."""
