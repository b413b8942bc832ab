"""Hardware of the whale-detection pipeline."""
