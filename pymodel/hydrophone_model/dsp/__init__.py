"""Building blocks that the pipelines share: logarithm, Haar, entropy, distance, correlation."""
