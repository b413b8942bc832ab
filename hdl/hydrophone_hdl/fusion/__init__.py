"""Hardware of the fusion of scoring systems."""
