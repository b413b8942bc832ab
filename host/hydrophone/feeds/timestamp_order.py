"""Timestamp order check, the third stage of a feed: no symbol's time runs backwards unnoticed.

Which prints are wrong when time runs backwards? One print with a time far in the past is late; one
with a time far in the future would make all that follow look late. Within a chunk the smaller
set is taken out: either what lies before an earlier print or what lies after a later one. If
even then most of a chunk lies in the past, the clock itself was set back, and reading goes on
from there.

A live source cannot be looked ahead in, and what is heard of it must not depend on how it came in:
there, whatever lies before its symbol's newest print is late, and after `_FEW` of them one after
another the clock is taken to have been set back.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.options import Late
from hydrophone.feeds.report import TapeReport
from hydrophone.feeds.trades import Mask, Trades

_FEW = 16
"""A chunk of fewer prints of a symbol is too little to tell a clock that was set back."""


def in_order(
    chunks: Iterator[Trades],
    *,
    late: Late,
    capacity: int,
    report: TapeReport,
    live: bool = False,
) -> Iterator[Trades]:
    """Takes out, or only counts, prints whose time lies before their symbol's previous one."""
    newest = np.full(capacity + 1, np.iinfo(np.int64).min, dtype=np.int64)
    runs: NDArray[np.int64] = np.zeros(capacity + 1, dtype=np.int64)
    for trades in chunks:
        bad = _late(trades, newest, runs, report) if live else _backwards(trades, newest, report)
        if bad is None:
            yield trades
            continue
        places = np.flatnonzero(bad)
        what = [f"time goes backwards to {trades.time_ns[p]} ns" for p in places[:8]]
        if late is Late.SKIP:
            report.skip(
                "time_backwards", source=trades.source, lines=trades.line[places], what=what
            )
            trades = trades.where(~bad)
        else:
            report.change(
                "time_backwards_kept", source=trades.source, lines=trades.line[places], what=what
            )
        if len(trades):
            yield trades


def _late(
    trades: Trades, newest: NDArray[np.int64], runs: NDArray[np.int64], report: TapeReport
) -> Mask | None:
    """The same for a live source, print by print; ``runs`` counts late ones in a row."""
    times, symbols = trades.time_ns, trades.symbol
    if not np.any(times[1:] < times[:-1]) and times[0] >= newest.max():
        newest[symbols] = times
        runs[symbols] = 0
        return None
    bad = np.zeros(len(times), dtype=np.bool_)
    back: list[int] = []
    for place, (when, symbol) in enumerate(zip(times.tolist(), symbols.tolist(), strict=True)):
        if when < newest[symbol]:
            if runs[symbol] < _FEW:
                runs[symbol] += 1
                bad[place] = True
                continue
            back.append(place)
        newest[symbol], runs[symbol] = when, 0
    report.change(
        "clock_set_back",
        source=trades.source,
        lines=trades.line[back],
        what=[f"reading goes on at {times[place]} ns" for place in back[:8]],
    )
    return bad if bad.any() else None


def _backwards(trades: Trades, newest: NDArray[np.int64], report: TapeReport) -> Mask | None:
    """Prints out of order, or None where all is well; moves each symbol's newest time on."""
    times, symbols = trades.time_ns, trades.symbol
    ordered = not np.any(times[1:] < times[:-1])
    if ordered and times[0] >= newest.max():
        np.maximum.at(newest, symbols, times)
        return None
    bad = np.zeros(len(times), dtype=np.bool_)
    for symbol in np.unique(symbols):
        rows = np.flatnonzero(symbols == symbol)
        wrong, newest[symbol] = _odd_ones(times[rows], int(newest[symbol]))
        if wrong is None:
            report.note(
                f"{trades.source}: the clock was set back near line {trades.line[rows[0]]}; "
                "reading goes on with the new time"
            )
            continue
        bad[rows] = wrong
    return bad if bad.any() else None


def _odd_ones(times: NDArray[np.int64], newest: int) -> tuple[Mask | None, int]:
    """Prints of one symbol to take out, None if the clock was set back; and its newest time."""
    before = np.maximum.accumulate(np.concatenate(([newest], times)))[:-1]
    late = times < before
    if not late.any():
        return late, int(times[-1])
    after = np.minimum.accumulate(times[::-1])[::-1]
    early = times > after
    early |= times < newest
    wrong = early if early.sum() < late.sum() else late
    if wrong.sum() * 2 > len(times) >= _FEW:
        return None, int(times.max())
    kept = times[~wrong]
    return wrong, int(kept.max()) if len(kept) else newest
