"""Injected whales are what they are said to be, and the tape around them is left alone."""

import numpy as np
import pytest
from tests.host.evaluate.synthetic import made_up

from hydrophone_evaluate.injection import STRENGTHS, Injected, Injection, inject
from hydrophone_model.records import Kind

DENSE = Injection(spacing=200, warm_up=500, impact=0.0)


@pytest.fixture
def whales(seed: int) -> list[tuple[Injected, Kind, np.ndarray]]:
    """Every whale of some copies with its own prints."""
    found = []
    for copy in range(3):
        injected = inject(made_up(seed).events, DENSE, seed=seed + copy)
        for whale in injected.whales:
            place = np.arange(whale.first, whale.last + 1)
            prints = injected.events[place[~injected.own[place]]]
            assert prints["side"].tolist() == [whale.side] * prints.size
            assert int(prints["size"].sum()) == whale.size
            found.append((injected, whale.kind, prints))
    assert {kind for _, kind, _ in found} == set(Kind)
    return found


def test_the_tapes_own_prints_stay_as_they_are(seed: int):
    tape = made_up(seed).events
    injected = inject(tape, DENSE, seed=seed)
    own = injected.events[injected.own]
    for name in ("time_ns", "price", "size", "side", "symbol"):
        assert np.array_equal(own[name], tape[name]), name
    assert injected.events["sequence"].tolist() == list(range(injected.events.size))
    assert np.all(np.diff(injected.events["time_ns"].astype(np.int64)) >= 0)


def test_each_kind_leaves_its_own_trace(whales):
    for _, kind, prints in whales:
        times = prints["time_ns"].astype(np.int64)
        if kind is Kind.BLOCK:
            assert prints.size == 1
        elif kind is Kind.SWEEP:
            assert 8 <= prints.size <= 32
            assert times[-1] - times[0] <= 1_000_000
            moves = np.diff(prints["price"].astype(np.int64))
            toward = -1 if prints["side"][0] else 1
            assert np.all(moves * toward >= 0), "a sweep walks one way"
            assert moves.any(), "and it does walk"
        elif kind is Kind.ICEBERG:
            assert prints.size >= 8
            assert np.unique(prints["size"]).size == 1
            assert np.unique(prints["price"]).size == 1
        else:
            assert 48 <= prints.size <= 160
            sizes = prints["size"].astype(np.float64)
            assert sizes.max() / sizes.min() < 1.6, "children are alike"


def test_interleaved_whales_leave_room_for_the_tape(whales):
    for injected, kind, prints in whales:
        if kind in (Kind.ICEBERG, Kind.SLICED):
            first, last = (int(prints["sequence"][end]) for end in (0, -1))
            own = np.count_nonzero(injected.own[first:last])
            assert own > 2 * prints.size, kind


def test_sizes_grow_with_strength(seed: int):
    injected = [inject(made_up(seed).events, DENSE, seed=seed + copy) for copy in range(12)]
    for kind in (Kind.BLOCK, Kind.SWEEP):
        mean = [
            np.mean(
                [w.size for i in injected for w in i.whales if (w.kind, w.strength) == (kind, s)]
            )
            for s in range(len(STRENGTHS[kind]))
        ]
        assert mean[0] < mean[1] < mean[2], (kind, mean)


def test_whales_enter_only_where_the_clock_moves(seed: int):
    injected = inject(made_up(seed).events, DENSE, seed=seed)
    time = injected.events["time_ns"].astype(np.int64)
    for whale in injected.whales:
        before = np.flatnonzero(injected.own[: whale.first])[-1]
        after = whale.first + np.flatnonzero(injected.own[whale.first :])[0]
        assert time[before] < time[after]


def test_impact_moves_prices_the_whales_way_and_fades(seed: int):
    tape = made_up(seed).events
    moved = Injection(spacing=1500, warm_up=500, impact=50.0, recovery=64)
    injected = inject(tape, moved, seed=seed)
    shift = injected.events["price"][injected.own].astype(np.int64) - tape["price"]
    block = next(w for w in injected.whales if w.kind is Kind.BLOCK)
    toward = -1 if block.side else 1
    soon, later = shift[block.origin], shift[block.origin + 640]
    assert toward * soon > 20
    assert abs(later) < abs(soon) / 4


def test_the_same_seed_makes_the_same_whales(seed: int):
    tape = made_up(seed).events
    one, same, other = (inject(tape, DENSE, seed=s) for s in (seed, seed, seed + 1))
    assert np.array_equal(one.events, same.events)
    assert one.whales == same.whales
    assert one.whales != other.whales


def test_a_tape_that_is_too_short_or_mixed_is_refused(seed: int):
    tape = made_up(seed).events
    with pytest.raises(ValueError, match="100 prints of 1 symbols: give at least 1024"):
        inject(tape[:100], DENSE, seed=seed)
    tape["symbol"][7] = 1
    with pytest.raises(ValueError, match="of 2 symbols"):
        inject(tape, DENSE, seed=seed)
