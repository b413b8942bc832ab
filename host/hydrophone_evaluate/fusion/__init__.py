"""Does fusing help? The systems, their combinations and chance on real tapes, walking forward."""
