"""Times `hydrophone.kernels` beside what others would call: same process, turn by turn."""
