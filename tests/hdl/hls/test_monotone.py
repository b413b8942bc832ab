"""A slower clock has no more latency, so that the fastest clock of a latency can be searched."""

from collections.abc import Mapping
from random import Random

import pytest
from tests.hdl.hls.drawing import drawn
from tests.hdl.hls.toy import toy

from hydrophone_hdl.block import Datapath
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, largest, select, smallest, total
from hydrophone_hdl.hls.schedule import ScheduleError
from hydrophone_hdl.hls.scheduler import build_schedule, fastest
from hydrophone_hdl.window import Window
from hydrophone_model.fixed import Fixed
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import Timing

INPUTS = {
    "who": Fixed(integer=8),
    "flag": Fixed(integer=1),
    "tiny": Fixed(signed=True, integer=3),
    "fine": Fixed(fraction=12, integer=2),
    "wide": Fixed(integer=33),
    "middle": Fixed(integer=12),
}
CLOCKS = 14
"""Clocks at which each program is scheduled."""


def latency(datapath: Datapath, timing: Timing) -> int | None:
    """None where the clock is refused."""
    try:
        return build_schedule(datapath.describe(), timing, fewest_registers=False).latency
    except ScheduleError:
        return None


def late_and_wide(given: Mapping[str, Number]) -> dict[str, Number]:
    """A sum of terms of every width, some of which come late from a window."""
    who, tiny, fine, wide, flag = (given[name] for name in ("who", "tiny", "late", "wide", "flag"))
    (gone,) = Window("last", who, fine, symbols=256, length=8, push=flag).gone
    terms = [tiny, gone, tiny, flag, wide, wide, fine, tiny, fine, fine, tiny, flag, gone]
    return {"least": smallest([total([*terms, who, who, who]), flag, gone, fine])}


def sums_and_loops(seed: int) -> Datapath:
    """Long sums of what is there at all times, of products, windows and states."""

    def describe(given: Mapping[str, Number]) -> dict[str, Number]:
        random = Random(seed)
        pool = list(given.values())
        for step in range(random.randint(4, 9)):
            few = [random.choice(pool[-8:]) for _ in range(random.randint(3, 14))]
            a, b = (number.bits(0, min(number.width, 16)) for number in few[:2])
            match random.randrange(6):
                case 0:
                    value = a * b
                case 1:
                    value = largest(few[:4])
                case 2:
                    who = given["who"]
                    value = Window(f"w{step}", who, a, symbols=256, length=16).gone[0]
                case 3:
                    like = Fixed(integer=18)
                    state = State(f"s{step}", address=a.bits(0, 1), depth=2, members=[(like, 0)])
                    (now,) = state.read
                    state.write(select(b.any(), now + a, now).wrap(like))
                    value = now
                case _:
                    value = total(few)
            pool.append(value if value.width <= 36 else value.bits(value.width - 36, value.width))
        return {"last": pool[-1], "sum": total(pool[-3:])}

    return toy(describe, INPUTS)


def test_a_late_wide_term_of_a_sum_is_no_trap() -> None:
    datapath = toy(late_and_wide, INPUTS | {"late": Fixed(integer=0, fraction=20)})
    clocks = (400, 392, 385, 380, 376.1, 370, 360, 350)
    found = [latency(datapath, Timing("xcup", clock)) or 99 for clock in clocks]
    assert found == sorted(found, reverse=True)
    assert found[1] == 5
    best = fastest(datapath.describe, Timing("xcup", 500), 5)
    assert best.latency == 5
    assert best.timing.clock_mhz >= 392


@pytest.mark.fuzz(6)
def test_a_slower_clock_has_no_more_latency(fuzz_seed: int) -> None:
    random = Random(fuzz_seed)
    target = random.choice(list(TARGETS))
    datapath = sums_and_loops(fuzz_seed) if fuzz_seed % 3 else drawn(fuzz_seed, fuzz_seed + 1)
    own = TARGETS[target].clock_mhz
    clocks = sorted(own * random.uniform(0.3, 1.6) for _ in range(CLOCKS))
    found = [(clock, latency(datapath, Timing(target, clock))) for clock in clocks]
    slowest = 0
    for clock, now in found:
        # Nor is a slower clock refused where a faster one is not.
        assert now is None or (slowest is not None and now >= slowest), f"{clock} MHz of {found}"
        slowest = now


@pytest.mark.fuzz(2)
def test_no_faster_clock_has_the_latency_of_the_fastest(fuzz_seed: int) -> None:
    target = list(TARGETS)[fuzz_seed % 3]
    limit = Timing(target, 3 * TARGETS[target].clock_mhz)
    datapath = sums_and_loops(100 + fuzz_seed)
    wanted = latency(datapath, Timing(target, TARGETS[target].clock_mhz * 0.7))
    assert wanted is not None
    schedule = fastest(datapath.describe, limit, wanted)
    assert schedule.latency <= wanted
    random = Random(fuzz_seed)
    faster = schedule.timing.clock_mhz + 1
    for clock in (faster, *(random.uniform(faster, limit.clock_mhz) for _ in range(12))):
        beyond = latency(datapath, Timing(target, clock))
        assert beyond is None or beyond > wanted, f"{target}: {clock} MHz, {beyond} clocks"
