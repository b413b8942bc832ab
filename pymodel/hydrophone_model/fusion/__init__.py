"""Fusion of scoring systems: ranks, normal scores, diversity, performance, combinations."""
