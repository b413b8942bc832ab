"""Benchmark of `hydrophone.kernels` beside peer libraries: same process, in turn."""
