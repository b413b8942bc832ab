"""High-level synthesis: arithmetic written once, registers placed for a device and a clock.

number.py    fixed-point values and their operators: the description, a graph of operations
memory.py    state with read-modify-write loops, and plain memories for windows
delays.py    what an operation costs on a device family, as characterised
timing.py    when results are there within a clock, carry chains included
schedule.py  the clock of every operation: as soon as possible, then registers minimised
emit.py      the schedule as Amaranth logic
"""
