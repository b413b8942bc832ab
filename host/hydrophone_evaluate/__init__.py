"""Evaluation on recorded tapes: does it hear (`detection`), and does fusing help (`fusion`)."""
