"""Build tools and build cache: compilers run, and what they made is kept for the user.

The simulation of hardware and the kernels of custom blocks are compiled where they are used; both
use this package, which imports `hydrophone_model.errors` alone.
"""
