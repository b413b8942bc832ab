"""High-level synthesis: arithmetic written once, registers placed for a device and a clock.

    graph.py        dataflow graph of a description: nodes, and what each carries
    number.py       fixed-point numbers, what a description is written in
                    (bits.py: wiring and gates; comparison.py: comparison and bitwise operators;
                    arithmetic.py: operators, sums, rounding; flags.py: reductions of many flags)
    memory.py       state with read-modify-write loops, and plain memories for windows
    description.py  validation of a description, and the source lines of refusals
    delays.py       delay model: what an operation costs on a device family, as measured
    timing.py       static timing: when results are there within a clock, carry chains included
    legalise.py     what a family has no single cell for, in terms of the cells that it has
    schedule_graph.py  vertices in the order in which they can be scheduled, loops as groups
    scheduler.py    the clock of every operation: as soon as possible, then registers minimised
                    (register_minimisation.py, timing_constraints.py, difference_constraints.py)
    schedule.py     the finished schedule: clocks, arrivals, readings of states
    estimate.py     its cost, before any synthesis; view.py shows it to people
    emit.py         the schedule as Amaranth logic (logic.py: of one operation; cascade.py: DSPs)

Synthesis, characterisation and report use this package; it imports none of them.
"""
