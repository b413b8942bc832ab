from collections.abc import Iterator

import pytest

from hydrophone import stage_clock
from hydrophone.stage_clock import Stage, StageClock


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The time, which only the test moves on."""
    time = [0]
    monkeypatch.setattr(stage_clock, "perf_counter_ns", lambda: time[0])
    return time


def test_time_counts_for_the_innermost_stage_alone(now):
    clock = StageClock()

    def read() -> Iterator[int]:
        for item in range(2):
            now[0] += 100
            yield item

    def decode() -> Iterator[int]:
        for item in clock.timed(Stage.READ, read()):
            now[0] += 10
            yield item

    for _ in clock.timed(Stage.DECODE, decode()):
        now[0] += 5000  # of nobody's
        with clock.stage(Stage.SINKS):
            now[0] += 1
    spent = clock.take(2)
    assert (spent[Stage.READ], spent[Stage.DECODE], spent[Stage.SINKS]) == (200, 20, 2)
    assert not any(clock.take(1).values())


def test_batches_share_the_time_of_what_was_read_together(now):
    clock = StageClock()
    with clock.stage(Stage.ORDER):
        now[0] += 1000
    clock.prepare(100)
    taken = []
    for events in (60, 30, 10):
        with clock.stage(Stage.PROCESS):
            now[0] += events
        spent = clock.take(events)
        taken.append((spent[Stage.ORDER], spent[Stage.PROCESS]))
    assert taken == [(600, 60), (300, 30), (100, 10)]


def test_a_stage_that_fails_is_left(now):
    clock = StageClock()

    def broken() -> Iterator[int]:
        now[0] += 7
        yield from ()
        raise OSError("torn")

    with pytest.raises(OSError, match="torn"), clock.stage(Stage.ORDER):
        next(clock.timed(Stage.READ, broken()))
    now[0] += 1000
    spent = clock.take(1)
    assert (spent[Stage.READ], spent[Stage.ORDER]) == (7, 0)
