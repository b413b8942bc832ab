"""Synthesis: Verilog of a design, and what open tools make of it on a device family."""
