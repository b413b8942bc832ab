"""cocotb benches: the hardware clock by clock in Verilator, every pin against its prediction."""
