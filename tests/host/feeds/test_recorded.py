"""Recorded tapes: as many prints as they hold, and the whales that are known to be in them."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from tests.host.feeds.tools import read

from hydrophone_model.records import EventFlag

Find = Callable[[str], Path]


@pytest.mark.parametrize(
    ("name", "prints", "tick", "lot"),
    [
        ("binance_raw/usdm_btcusdt_20240808.gz", 21313, "0.1", "0.001"),
        ("binance_raw/usdm_ethusdt_20240808.gz", 14076, "0.01", "0.001"),
        ("binance_raw/spot_btcusdt_20240808.gz", 9757, "0.01", "0.00001"),
        ("binance_raw/cm_btcusd_perp_20240808.gz", 2286, "0.1", "1"),
        ("es_2013/tick_data.csv.gz", 500_000, "0.25", "1"),
        ("trades_misc/XRP_ETH-trades.parquet", 12477, "0.00000001", "1"),
    ],
)
def test_every_print_is_read(market_data: Find, name: str, prints: int, tick: str, lot: str):
    events, tape = read(market_data(name))
    assert len(events) == prints
    assert not tape.report.skipped
    assert not tape.report.changed
    assert (tape.tick(0), tape.lot(0)) == (Decimal(tick), Decimal(lot))
    assert np.all(np.diff(events["time_ns"].astype(np.int64)) >= 0)


def test_the_parent_of_seventy_bitcoin(market_data: Find):
    events, tape = read(market_data("binance_raw/usdm_btcusdt_20240808.gz"))
    parents = events["time_ns"] * np.uint64(2) + events["side"]
    _, parent, prints = np.unique(parents, return_inverse=True, return_counts=True)
    sums = np.bincount(parent, weights=events["size"])
    largest = int(np.argmax(sums))
    assert tape.size(0, int(sums[largest])) == 70.633
    assert prints[largest] == 270
    assert tape.size(0, int(events["size"].max())) == pytest.approx(46, abs=0.5)


def test_three_venues_keep_apart_and_in_order(market_data: Find):
    names = ("usdm_btcusdt", "spot_btcusdt", "cm_btcusd_perp")
    paths = [market_data(f"binance_raw/{name}_20240808.gz") for name in names]
    events, tape = read([f"{n[:4]}={p}" for n, p in zip(names, paths, strict=True)])
    assert len(events) == 21313 + 9757 + 2286
    assert tape.symbols == ["usdm:BTCUSDT", "spot:BTCUSDT", "cm_b:BTCUSD_PERP"]
    assert np.all(np.diff(events["time_ns"].astype(np.int64)) >= 0)


def test_three_orders_of_five_hundred_lots_of_gold(market_data: Find):
    events, tape = read(market_data("us_tape_2013/gc_future/20131008_trade.zip"))
    contract = tape.symbols.index("GC-201312")
    large = events[(events["symbol"] == contract) & (events["size"] >= 490)]
    assert large["size"].tolist()[:3] == [500, 498, 500]
    assert int(large["time_ns"][2] - large["time_ns"][0]) == 2_326_000_000
    assert np.all(events["flags"] == EventFlag.SIDE_INFERRED)
    assert set(tape.report.skipped) == {"size_zero"}


def test_five_days_of_equities_without_their_auctions(market_data: Find):
    folder = market_data("us_tape_2013/ibm")
    events, tape = read(sorted(folder.glob("*.zip")))
    assert tape.symbols == ["IBM"]
    assert int(events["size"].max()) == 30_000
    assert tape.report.skipped["condition_auction"] == 11
    assert len(events) + tape.report.skipped.total() == 24293 + 33381 + 27042 + 22415 + 19264
    assert "5 sources that follow one another in time" in tape.report.notes


def test_lobster_executions(market_data: Find):
    events, tape = read(market_data("lobster_2012/LOBSTER_SampleFile_AMZN_2012-06-21_1.zip"))
    assert tape.symbols == ["AMZN"]
    assert len(events) + tape.report.passed_over.total() == 57515
    assert not tape.report.skipped
    assert int(events["time_ns"][0]) % 10**9 == 17_459_617


def test_bitstamp_trades_have_their_sides(market_data: Find):
    events, tape = read(market_data("bitstamp_2026/trades.csv"))
    assert len(events) == 284
    assert not np.any(events["flags"] & EventFlag.SIDE_INFERRED)
    assert not tape.report.skipped
