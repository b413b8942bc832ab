"""Evaluation on recorded tapes: recall of detection (`detection`), skill of fusion (`fusion`)."""
