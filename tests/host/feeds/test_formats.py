"""The other formats: exchange messages, the US tape, LOBSTER, Parquet; how each is told."""

import gzip
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.host.feeds.tools import START, read, write

from hydrophone.feeds import FeedError, Late, TapeOptions, open_tape
from hydrophone_model.records import EventFlag, Side

MS = START // 10**6
MIDNIGHT_2013 = 1_381_204_800_000_000_000  # 8 October 2013, 00:00 in New York
MIDNIGHT_2012 = 1_340_251_200_000_000_000  # 21 June 2012


def message(i: int, kind: str = "trade", maker: bool = False, **other: object) -> dict[str, object]:
    found: dict[str, object] = {
        "e": kind, "E": MS + i + 1, "T": MS + i, "s": "BTCUSDT", "p": "61800.10", "q": "0.250",
        "m": maker, ("t" if kind == "trade" else "a"): 100 + i,
    }  # fmt: skip
    return found | other


def line(body: dict[str, object]) -> str:
    return f"{START} " + json.dumps({"stream": "x@trade", "data": body}, separators=(",", ":"))


BOOK = f'{START} {{"stream":"x","data":{{"e":"depthUpdate","b":[["1","2"]],"a":[]}}}}'


def test_exchange_lines(tmp_path: Path):
    path = write(tmp_path / "t", BOOK, line(message(0)), "", line(message(1, maker=True)), BOOK)
    events, tape = read(path)
    assert tape.sources == [f"{path} (binance)"]
    assert events["time_ns"].tolist() == [MS * 10**6, (MS + 1) * 10**6]
    assert events["side"].tolist() == [Side.BUY, Side.SELL]
    assert tape.price(0, int(events["price"][0])) == 61800.1
    assert tape.size(0, int(events["size"][0])) == 0.25
    assert tape.report.passed_over.total() == 2
    assert not tape.report.skipped


@pytest.mark.parametrize("form", ["bare", "array", "pretty array", "gz"])
def test_aggregated_messages_in_other_wrappings(tmp_path: Path, form: str):
    bodies = [message(i, "aggTrade") for i in range(40)]
    path = tmp_path / "t.json"
    if form == "array":
        path.write_text(json.dumps(bodies))
    elif form == "pretty array":
        path.write_text(json.dumps(bodies, indent=1))
    else:
        write(path, *map(json.dumps, bodies))
    if form == "gz":
        path.write_bytes(gzip.compress(path.read_bytes()))
    events, tape = read(path)
    assert len(events) == 40
    assert not tape.report.skipped


def test_broken_messages_are_counted_with_their_line(tmp_path: Path):
    cut = line(message(1))[:-20]
    path = write(
        tmp_path / "t",
        line(message(0)),
        cut,
        "garbage",
        line(message(2, p="0.00")),
        line(message(3, q="-1")),
        line(message(4, p="cheap")),
        line(message(0)),
        line({**message(5), "m": None}),
        line(message(6)),
    )
    events, tape = read(path)
    assert len(events) == 2
    assert dict(tape.report.skipped) == {
        "garbage": 2, "price_zero": 1, "size_negative": 1, "price_not_a_number": 1, "duplicate": 1,
        "side_missing": 1,
    }  # fmt: skip
    places = {reason: told[0].split(":")[1] for reason, told in tape.report.examples.items()}
    assert places == {
        "garbage": "3", "price_zero": "4", "size_negative": "5", "price_not_a_number": "6",
        "duplicate": "7", "side_missing": "8",
    }  # fmt: skip


def test_bytes_that_are_not_utf8_cost_one_message(tmp_path: Path):
    path = write(tmp_path / "t", *(line(message(i)) for i in range(5)))
    path.write_bytes(path.read_bytes().replace(b"BTCUSDT", b"BTC\xffSDT", 1))
    events, tape = read(path)
    assert len(events) == 4
    assert dict(tape.report.skipped) == {"garbage": 1}


def test_prints_that_come_twice_are_read_once(tmp_path: Path):
    both = [line(message(i, kind)) for i in range(5) for kind in ("trade", "aggTrade")]
    events, tape = read(write(tmp_path / "t", *both))
    assert len(events) == 5
    assert any("only trade is read" in note for note in tape.report.notes)


def test_microseconds_are_told_by_their_size(tmp_path: Path):
    events, _ = read(write(tmp_path / "t", line(message(0, T=MS * 1000 + 7))))
    assert events["time_ns"][0] == START + 7000


def test_no_print_among_messages_is_an_error(tmp_path: Path):
    with pytest.raises(FeedError, match=r"no print in .*; 2 other messages were passed over"):
        read(write(tmp_path / "t", BOOK, BOOK))
    with pytest.raises(FeedError, match=r"t:1: no JSON message: the line says '{nonsense'"):
        read(write(tmp_path / "t", "{nonsense"))


def zipped(path: Path, **members: list[str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in members.items():
            archive.writestr(f"{name}.csv", "\n".join(lines))
    return path


EQUITY = [
    "34200000,491800,100,P,20000020,0",
    "34200001.5,491900,200,P,1,0",
    "34216893,491800,50646,N,40,0",
    "57607744,491800,253146,N,80,0",
    "57607745,491800,10,N,1000000,0",
    "57607746,491800,10,D,4800,0",
    "57607747,491800,10,D,20000008,0",
    "57607748,491800,10,D,20040200,0",
    "57607749,491800,10000,D,80000001,0",
    "57607750,491800,10,D,1,1",
    "57607751,491800,10,D,zz,0",
]


def test_the_us_tape_leaves_out_what_nobody_traded_at_the_market(tmp_path: Path):
    path = zipped(tmp_path / "20131008_trade.zip", **{"20131008_aig_Trade_Tick": EQUITY})
    events, tape = read(path)
    assert tape.symbols == ["AIG"]
    assert events["size"].tolist() == [100, 200, 10_000]
    assert events["time_ns"][1] == MIDNIGHT_2013 + 34_200_001_500_000
    assert tape.price(0, int(events["price"][0])) == 49.18
    assert dict(tape.report.skipped) == {
        "condition_auction": 2, "condition_official_value": 1, "condition_late_report": 1,
        "condition_settlement": 1, "condition_off_market": 1, "suspicious": 1,
        "condition_unreadable": 1,
    }  # fmt: skip
    assert np.all(events["flags"] == EventFlag.SIDE_INFERRED)
    every, _ = read(path, conditions=False)
    assert len(every) == len(EQUITY)


def test_futures_have_a_contract_a_member(tmp_path: Path):
    path = zipped(
        tmp_path / "20131008_trade.zip",
        **{
            "20131008_gc_tick_trade_201312": ["1000,1326.5,500,usa,,0", "1001,1326.4,0,usa,,0"],
            "20131008_gc_tick_trade_201402": ["999,1327.5,2,usa,,0"],
        },
    )
    events, tape = read(path)
    assert sorted(tape.symbols) == ["GC-201312", "GC-201402"]
    assert events["time_ns"].tolist() == [
        MIDNIGHT_2013 + 999_000_000, MIDNIGHT_2013 + 1_000_000_000,
    ]  # fmt: skip
    assert dict(tape.report.skipped) == {"size_zero": 1}


LOBSTER = [
    "34200.017459617,5,0,1,2238200,-1",
    "34200.18960767,1,11885113,21,2238100,1",
    "34200.2,4,11885113,20,2238100,1",
    "34201,3,11885113,1,2238100,1",
    "34202,7,0,0,-1,-1",
    "34203,4,7,5,2238300,-1",
]


@pytest.mark.parametrize("in_zip", [True, False])
def test_lobster_executions_have_the_side_that_did_not_rest(tmp_path: Path, in_zip: bool):
    name = "AMZN_2012-06-21_34200000_57600000_message_1"
    if in_zip:
        path = zipped(
            tmp_path / "l.zip",
            **{name: LOBSTER, name.replace("message", "orderbook"): ["1,2,3,4"]},
        )
    else:
        path = write(tmp_path / f"{name}.csv", *LOBSTER)
    events, tape = read(path)
    assert tape.symbols == ["AMZN"]
    assert events["side"].tolist() == [Side.BUY, Side.SELL, Side.BUY]
    assert events["size"].tolist() == [1, 20, 5]
    assert events["time_ns"][0] == MIDNIGHT_2012 + 34_200_017_459_617
    assert tape.price(0, int(events["price"][0])) == 223.82
    assert tape.report.passed_over.total() == 3


def test_a_format_that_is_named_needs_its_file_name(tmp_path: Path):
    path = write(tmp_path / "day.csv", *LOBSTER)
    with pytest.raises(FeedError, match="SYMBOL_YYYY-MM-DD_START_END_message_LEVEL"):
        read(path, format="lobster")
    with pytest.raises(FeedError, match="DATE_SYMBOL_Trade_Tick"):
        read(path, format="lean")


@pytest.mark.parametrize(
    "times",
    [
        pa.array([START, START + 1000]),
        pa.array([START, START + 1000], pa.timestamp("ns")),
        pa.array([START, START + 1000], pa.timestamp("ns", "UTC")),
        pa.array([Decimal("1700000000.000000000"), Decimal("1700000000.000001000")]),
        pa.array(["2023-11-14T22:13:20", "2023-11-14T22:13:20.000001"]),
    ],
)
@pytest.mark.parametrize("words", [True, False])
def test_parquet_of_any_column_type(tmp_path: Path, times: pa.Array, words: bool):
    symbol = pa.array(["A", "B"])
    price = pa.array([1.5, 2.5])
    table = pa.table(
        {
            "time": times,
            "symbol": symbol.dictionary_encode() if words else symbol,
            "price": price.cast(pa.string()) if words else price.cast(pa.decimal128(10, 2)),
            "size": pa.array([1, 2], pa.int32()),
            "side": pa.array([1, -1]),
        }
    )
    path = tmp_path / "t.parquet"
    pq.write_table(table, path)
    events, tape = read(path)
    assert events["time_ns"].tolist() == [START, START + 1000]
    assert tape.symbols == ["A", "B"]
    assert events["side"].tolist() == [Side.BUY, Side.SELL]
    assert tape.prices(events["symbol"], events["price"]).tolist() == [1.5, 2.5]


def test_parquet_rows_are_counted(tmp_path: Path):
    table = pa.table({"time_ns": [START] * 3, "price": [1.0, None, 2.0], "size": [1.0, 1.0, 0.0]})
    path = tmp_path / "t.parquet"
    pq.write_table(table, path)
    events, tape = read(path)
    assert len(events) == 1
    assert tape.report.examples["price_not_a_number"][0].startswith(f"{path}:2: ")
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(FeedError, match="not a whole Parquet file"):
        read(path)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"columns": {"price": "p"}}, ["columns"]),
        ({"time_unit": "ms"}, ["time_unit"]),
        ({"time_zone": "America/New_York"}, ["time_zone"]),
        ({"sides": {"buy": "b", "sell": "s"}, "symbol": "X"}, ["symbol", "sides"]),
        ({"conditions": False}, ["conditions"]),
        ({"tick": {"": "0.1"}, "late": Late.KEEP, "time_zone": "UTC"}, []),
    ],
)
def test_an_option_without_effect_on_a_format_is_said(
    options: dict[str, Any], told: list[str], tmp_path: Path
):
    path = write(tmp_path / "t", line(message(0)), line(message(1)))
    events, tape = read(path, **options)
    assert len(events) == 2
    said = [note for note in tape.report.notes if "no effect" in note]
    assert said == [f"{name} has no effect on {path}, which is binance" for name in told]


def test_the_readers_of_tables_use_what_they_are_given(tmp_path: Path):
    path = write(tmp_path / "t.csv", "t,p,size", "1700000000000,10,1", "1700000001000,11,1")
    _, tape = read(path, columns={"time_ns": "t", "price": "p"}, time_unit="ms", symbol="X")
    assert not [note for note in tape.report.notes if "no effect" in note]


CCXT = (
    '[{"id":"1","timestamp":1700000000000,"symbol":"BTC/USDT","side":"buy","price":100.5,'
    '"amount":1,"info":{"a":1,"p":"100.5"}},{"id":"2","timestamp":1700000000001,'
    '"symbol":"BTC/USDT","side":"sell","price":100.6,"amount":2,"info":{"a":2,"p":"100.6"}}]'
)


@pytest.mark.parametrize("text", [CCXT, CCXT.replace(",", ",\n")])
def test_a_json_array_of_another_kind_is_not_taken_for_binance(tmp_path: Path, text: str):
    path = write(tmp_path / "t.json", text)
    with pytest.raises(FeedError, match=r"JSON array in no known format.*id, timestamp, symbol"):
        open_tape(path)


def test_names_of_sides_for_a_tape_without_sides_are_noted(tmp_path: Path):
    path = write(tmp_path / "t.csv", "time_ns,price,size", "1700000000000000000,1.5,2")
    tape = open_tape(path, options=TapeOptions(sides={"buy": "long"}))
    assert len(list(tape)) == 1
    assert f"sides has no effect on {path}, which has no side column" in tape.report.notes
