"""The picture: alerts stand at their place and price, and the whole parent is found."""

from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from hydrophone_cli.listening.picture import compose
from hydrophone_cli.listening.scene import EventCollector
from hydrophone_model.records import EVENT, RESULT, Kind, ResultFlag, Side

START = 1_700_000_000_000_000_000


class Units:
    """Ticks of a quarter, lots of two."""

    @property
    def symbols(self) -> Sequence[str]:
        return ["AAA", "BBB"]

    def prices(self, symbols: Any, ticks: Any) -> Any:
        return ticks * 0.25

    def sizes(self, symbols: Any, lots: Any) -> Any:
        return lots * 2.0


@pytest.fixture
def run() -> EventCollector:
    """Two symbols; BBB has an alert at its print 40 that goes on for two more joined prints."""
    count = 200
    events, results = np.zeros(count, EVENT.dtype), np.zeros(count, RESULT.dtype)
    events["time_ns"] = START + np.arange(count) * 10**9
    events["symbol"] = np.arange(count) % 2
    events["price"] = 400 + np.arange(count) % 5
    events["size"] = 3
    events["side"] = Side.SELL
    events["side"][81:86:2] = Side.BUY
    for field in ("symbol", "price", "side"):
        results[field] = events[field]
    results["parent_size"] = 3
    results["parent_size"][81:86:2] = [30, 60, 90]
    results["flags"][[83, 85]] = ResultFlag.JOINED
    for place, kind in ((10, Kind.ICEBERG), (81, Kind.BLOCK), (151, Kind.SLICED)):
        results["flags"][place] |= ResultFlag.ALERT
        results["kind"][place] = kind
        results["score"][place] = 640
    collected = EventCollector()
    collected.take(events[:100], results[:100])
    collected.take(events[100:], results[100:])
    return collected


@pytest.fixture
def figure(run: EventCollector) -> Iterator[Any]:
    made = compose(run, Units(), device="golden")
    yield made
    plt.close(made)


def words(figure: Any) -> str:
    found = [text.get_text() for text in figure.findobj(match=lambda a: hasattr(a, "get_text"))]
    return "\n".join(found)


def test_alerts_stand_at_their_place_and_price(figure: Any):
    marks = [tuple(c.get_offsets()[0]) for c in figure.axes[0].collections if len(
        c.get_offsets()) == 1 and c.get_zorder() == 3]  # fmt: skip
    assert sorted(marks) == [(40, (400 + 81 % 5) * 0.25), (75, (400 + 151 % 5) * 0.25)]


def test_the_words_tell_the_largest_whale(figure: Any):
    told = words(figure)
    assert "Whales heard in BBB" in told
    assert "100 prints of BBB" in told
    assert "2 alerts" in told
    assert "1 more symbol heard" in told
    assert "block, bought 180 in 3 prints" in told
    assert "heard at 60, score 10.0" in told
    assert "block (1)" in told
    assert "iceberg (0)" in told


def test_volume_is_bought_above_and_sold_below(figure: Any):
    bars = [patch.get_height() for patch in figure.axes[1].patches]
    assert sum(height for height in bars if height > 0) == 3 * 2 * 3
    assert sum(height for height in bars if height < 0) == -97 * 2 * 3


def test_a_run_without_alerts_says_so(run: EventCollector):
    quiet = EventCollector()
    results = run.results
    results["flags"] = 0
    quiet.take(run.events, results)
    made = compose(quiet, Units(), device="golden", title="Quiet")
    assert "no alert was raised" in words(made)
    assert "Quiet" in words(made)
    plt.close(made)
