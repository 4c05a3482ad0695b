"""hvmc.experiment."""
