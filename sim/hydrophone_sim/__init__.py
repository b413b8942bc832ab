"""Simulation: build and run, benches, scoreboards, compiled libraries."""
