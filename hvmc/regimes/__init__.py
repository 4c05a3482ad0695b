"""hvmc.regimes."""
