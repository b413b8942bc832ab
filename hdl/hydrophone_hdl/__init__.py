"""The hardware in Amaranth: one component a file, and the design tops."""
