"""The C++ engine of Hydrophone."""

def version() -> str:
    """Version of the distribution it was built for."""

def compiled_isas() -> list[str]:
    """Instruction sets compiled in, oldest first; the first is the scalar reference."""
