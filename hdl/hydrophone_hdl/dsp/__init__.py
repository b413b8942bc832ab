"""Hardware of the building blocks that the pipelines share."""
