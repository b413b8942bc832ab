"""Hardware of the signals that score candidates."""
