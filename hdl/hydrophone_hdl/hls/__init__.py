"""High-level synthesis: arithmetic written once, registers placed for a device and a clock.

    number.py       what a description is written in: a graph of operations on fixed-point values
                    (bits.py: wiring and gates; arithmetic.py: operators, sums, rounding)
    memory.py       state with read-modify-write loops, and plain memories for windows
    description.py  what a description must not be, and the source lines of refusals
    delays.py       what an operation costs on a device family, as characterised
    timing.py       when results are there within a clock, carry chains included
    scheduler.py    the clock of every operation: as soon as possible, then registers minimised
    schedule.py     the finished schedule: clocks, arrivals, readings of states
    emit.py         the schedule as Amaranth logic

Synthesis, characterisation and report use this package; it imports none of them.
"""
