"""hvmc.model."""
