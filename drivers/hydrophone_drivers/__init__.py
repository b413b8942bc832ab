"""One device protocol and its backends."""
