"""Benchmarks: latency, throughput and instruction counts of engine and kernels on this machine.

Every figure says where its time starts and stops.
"""
