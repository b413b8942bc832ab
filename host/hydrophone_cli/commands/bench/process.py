"""``hydrophone bench telemetry`` and ``placement``: what a long-running process pays and gains."""

from typing import Any


def telemetry() -> dict[str, Any]:
    """Measures and prints what recording latencies costs."""
    from hydrophone import _kernels

    recording, clock = _kernels.recording_cost(5_000_000)
    interval = _kernels.clock_interval()
    event = (recording + 2 * clock) / interval
    print(
        f"a reading of CLOCK_MONOTONIC  {clock:6.2f} ns, mean of 5,000,000\n"
        f"a recording of a latency      {recording:6.2f} ns, likewise, values at random over 30 "
        f"octaves\n"
        f"an event in the engine        {event:6.2f} ns: one call in {interval} events reads the "
        "clock twice and records (at most 3 ns)"
    )
    return {"clock_ns": clock, "recording_ns": recording, "interval": interval, "event_ns": event}


def placement() -> dict[str, Any]:
    """Measures and prints the engine's latency at each place that the system allows."""
    import os

    from hydrophone_bench.placement import BATCH, EVENTS, ROUNDS, SYMBOLS, measured, places
    from hydrophone_bench.table import aligned, number

    statistics = ("p50", "p99", "p99.9", "p99.99", "max")
    rows: list[tuple[str, ...]] = [("", *statistics)]
    refused: dict[str, str] = {}
    record: dict[str, Any] = {}
    for name, arguments in places(max(os.sched_getaffinity(0))).items():
        found = measured(arguments)
        record[name] = found
        if isinstance(found, str):
            refused[name] = found
        else:
            rows.append((name, *(number(found[one]) for one in statistics)))
    print("\n".join(aligned(rows)))
    print(
        f"\nns an event, Session.process of {BATCH} events a call, {SYMBOLS:,} symbols, {ROUNDS} x "
        f"{EVENTS:,} events, by perf_counter_ns"
    )
    for name, why in refused.items():
        print(f"{name}: not measured: {why}")
    return record
