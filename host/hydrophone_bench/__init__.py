"""Measures the engine on this machine; every figure says where its time starts and stops."""
