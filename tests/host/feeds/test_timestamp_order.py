"""Order: time within a symbol, the merge of sources, and the tick rule, against slow references."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.host.feeds.tools import HEADER, START, read, row, write

from hydrophone.feeds import Late, open_tape
from hydrophone.feeds.errors import DamagedInputError, FeedError
from hydrophone.feeds.merge import merged
from hydrophone.feeds.report import TapeReport
from hydrophone.feeds.tick_rule import PENDING_SIDE, TickRule
from hydrophone.feeds.timestamp_order import in_order
from hydrophone.feeds.trades import Trades
from hydrophone_model.records import EVENT, EventFlag


def trades(times: list[int], symbols: list[int]) -> Trades:
    count = len(times)
    return Trades(
        source="t",
        time_ns=np.array(times, dtype=np.int64),
        symbol=np.array(symbols, dtype=np.int32),
        price=np.ones(count),
        size=np.ones(count),
        side=np.zeros(count, dtype=np.int8),
        line=np.arange(1, count + 1, dtype=np.int64),
    )


def ordered(chunks: list[Trades], late: Late = Late.SKIP) -> tuple[list[Trades], TapeReport]:
    report = TapeReport()
    return list(in_order(iter(chunks), late=late, capacity=4, report=report)), report


CHUNKS = st.lists(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), min_size=1, max_size=12),
    min_size=1, max_size=4,
)  # fmt: skip


@given(CHUNKS)
def test_what_remains_never_runs_backwards_and_all_is_accounted_for(
    chunks: list[list[tuple[int, int]]],
):
    given_ = [trades([t for t, _ in chunk], [s for _, s in chunk]) for chunk in chunks]
    left, report = ordered(given_)
    times = np.concatenate([chunk.time_ns for chunk in left] or [np.empty(0)])
    symbols = np.concatenate([chunk.symbol for chunk in left] or [np.empty(0)])
    for symbol in range(3):
        assert np.all(np.diff(times[symbols == symbol]) >= 0)
    assert len(times) + report.skipped.total() == sum(map(len, chunks))


def test_one_time_in_the_future_is_taken_out_not_all_that_follow():
    left, report = ordered([trades([1, 2, 3, 10**18, *range(4, 60)], [0] * 60)])
    assert len(left[0]) == 59
    assert report.examples["time_backwards"] == [f"t:4: time goes backwards to {10**18} ns"]


def test_symbols_one_after_another_are_in_order():
    left, report = ordered([trades([5, 6, 7, 1, 2, 3], [0, 0, 0, 1, 1, 1])])
    assert len(left[0]) == 6
    assert not report.skipped


def test_a_clock_that_was_set_back_goes_on_from_there():
    left, report = ordered([trades([1000, 1001], [0, 0]), trades(list(range(40)), [0] * 40)])
    assert sum(map(len, left)) == 42
    assert "t: the clock was set back near line 1; reading goes on with the new time" in (
        report.notes
    )


def test_late_prints_can_be_kept():
    left, report = ordered([trades([5, 9, 7, 10], [0] * 4)], Late.KEEP)
    assert left[0].time_ns.tolist() == [5, 9, 7, 10]
    assert dict(report.changed) == {"time_backwards_kept": 1}


def records(times: list[int], symbol: int) -> np.ndarray:
    events = np.zeros(len(times), dtype=EVENT.dtype)
    events["time_ns"], events["symbol"] = times, symbol
    return events


@given(st.lists(st.lists(st.integers(0, 50), max_size=30), min_size=1, max_size=4),
       st.integers(1, 7))  # fmt: skip
def test_merging_is_a_stable_sort_by_time(sources: list[list[int]], size: int):
    sources = [sorted(times) for times in sources]
    lanes = [
        iter([records(times[i : i + size], k) for i in range(0, len(times), size)])
        for k, times in enumerate(sources)
    ]
    out = list(merged(lanes, failures=[], report=TapeReport()))
    got = [(int(e["time_ns"]), int(e["symbol"])) for part in out for e in part]
    assert sorted(got) == sorted((t, k) for k, times in enumerate(sources) for t in times)
    assert [t for t, _ in got] == sorted(t for times in sources for t in times)


def test_a_source_that_fails_leaves_the_others(seed: int):
    def failing() -> Iterator[np.ndarray]:
        yield records([1, 5], 0)
        raise DamagedInputError("cut")

    failures: list[FeedError] = []
    lanes = [failing(), iter([records([2, 3], 1), records([6, 7], 1)])]
    out = np.concatenate(list(merged(lanes, failures=failures, report=TapeReport())))
    assert out["time_ns"].tolist() == [1, 2, 3, 5, 6, 7]
    assert [str(failure) for failure in failures] == ["cut"]


def test_sources_are_merged_by_time_and_said(tmp_path: Path):
    a = write(tmp_path / "a.csv", HEADER, *(row(i, size=1) for i in range(0, 10, 2)))
    b = write(tmp_path / "b.csv", HEADER, *(row(i, size=2) for i in range(1, 10, 2)))
    later = write(tmp_path / "c.csv", HEADER, *(row(i, size=3) for i in range(10, 20)))
    events, tape = read([later, b, a])
    assert events["time_ns"].tolist() == [START + i * 1000 for i in range(20)]
    assert events["sequence"].tolist() == list(range(20))
    assert "3 sources merged by time" in tape.report.notes
    assert any("share a symbol" in note for note in tape.report.notes)
    tape = open_tape([b, a])
    next(iter(tape))
    assert any("share a symbol" in note for note in tape.report.notes), "told before the end"
    _, tape = read([a, later])
    assert tape.report.notes[-1] == "2 sources that follow one another in time"


def test_labels_keep_venues_apart(tmp_path: Path):
    for name in ("a", "b"):
        write(tmp_path / f"{name}.csv", HEADER, row(0))
    _, tape = read([f"spot={tmp_path}/a.csv", f"perp={tmp_path}/b.csv"])
    assert tape.symbols == ["spot:ABC", "perp:ABC"]


def slow_tick_rule(prices: list[int], symbols: list[int]) -> list[int]:
    last: dict[int, int] = {}
    side: dict[int, int] = {}
    out: list[int] = []
    for price, symbol in zip(prices, symbols, strict=True):
        before = last.get(symbol, price)
        if price != before:
            side[symbol] = int(price < before)
        last[symbol] = price
        out.append(side.get(symbol, 0))
    return out


@pytest.mark.parametrize("cut", [1, 3, 1000])
def test_the_tick_rule_equals_a_slow_one(cut: int, seed: int):
    dice = np.random.default_rng(seed)
    prices, symbols = dice.integers(1, 4, 1000), dice.integers(0, 5, 1000)
    told = dice.integers(0, 2, 1000)
    known = dice.random(1000) < 0.2
    events = np.zeros(1000, dtype=EVENT.dtype)
    events["price"], events["symbol"] = prices, symbols
    events["side"] = np.where(known, told, PENDING_SIDE)
    rule = TickRule(capacity=8)
    inferred = sum(rule.fill(events[i : i + cut]) for i in range(0, 1000, cut))
    expected = np.where(known, told, slow_tick_rule(prices.tolist(), symbols.tolist()))
    assert np.array_equal(events["side"], expected)
    assert inferred == 1000 - known.sum()
    assert np.array_equal(events["flags"] == EventFlag.SIDE_INFERRED, ~known)
