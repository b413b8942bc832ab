"""Delimited text: columns, times, sides, and every way a line can be broken."""

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest
import zstandard
from tests.host.feeds.tools import HEADER, START, read, row, write

from hydrophone.feeds import FeedError, TapeOptions, open_tape, text_stream
from hydrophone_model.records import EVENT, EventFlag, Side


def test_the_contract_columns_become_events(tmp_path: Path):
    path = write(
        tmp_path / "t.csv",
        HEADER,
        row(0, symbol="ABC", price=100.25, size=3, side="buy"),
        row(1, symbol="XYZ", price=7.5, size=0.25, side="SELL"),
    )
    events, tape = read(path, tick={"": "0.25"}, lot={"ABC": "1", "XYZ": "0.25"})
    assert events.dtype == EVENT.dtype
    assert events["time_ns"].tolist() == [START, START + 1000]
    assert events["sequence"].tolist() == [0, 1]
    assert events["price"].tolist() == [401, 30]
    assert events["size"].tolist() == [3, 1]
    assert events["side"].tolist() == [Side.BUY, Side.SELL]
    assert not events["flags"].any()
    assert [tape.symbols[s] for s in events["symbol"]] == ["ABC", "XYZ"]
    assert tape.price(0, 401) == 100.25
    assert tape.size(1, 1) == 0.25


def test_columns_by_usual_names_are_said(tmp_path: Path):
    path = write(tmp_path / "es.csv", "DateTime,Price,Volume", "2013-09-01 17:00:00.083,1640.25,8")
    events, tape = read(path)
    assert events["time_ns"][0] == 1_378_054_800_083_000_000
    assert tape.symbols == ["ES"]
    assert "columns read as time_ns=DateTime, price=Price, size=Volume" in tape.report.notes
    assert any("tick rule" in note for note in tape.report.notes)


def test_columns_by_options(tmp_path: Path):
    path = write(tmp_path / "t.csv", "when;what;much;who", "1700000000;7;2;b")
    events, _ = read(
        path,
        columns={"time_ns": "when", "price": "what", "size": "much", "side": "who"},
        sides={"sell": "b", "buy": "a"},
        symbol="Q",
    )
    assert events["time_ns"][0] == START
    assert events["side"][0] == Side.SELL


def test_columns_by_number_need_no_header(tmp_path: Path):
    path = write(tmp_path / "t.csv", f"{START},5,2", f"{START + 5},6,1")
    events, _ = read(path, columns={"time_ns": "0", "price": "1", "size": "2"}, time_unit="ns")
    assert len(events) == 2


def test_date_and_time_are_joined(tmp_path: Path):
    path = write(tmp_path / "t.csv", "Date;Time;Price;Volume", "2022-01-24;13:30:00.5;4347.75;1")
    events, _ = read(path)
    assert events["time_ns"][0] == 1_643_031_000_500_000_000


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("time_ns", "1700000000123456789", {}),
        ("time", "1700000000123456789", {}),
        ("time", "1700000000.123456789", {}),
        ("time", "1700000000123.456789", {}),
        ("time_us", "1700000000123456.789", {}),
        ("time", "1700000000.123456789999", {}),
        ("time", "2023-11-14 22:13:20.123456789", {}),
        ("time", "2023-11-14T22:13:20.123456789Z", {}),
        ("time", "2023-11-15 00:13:20.123456789+0200", {}),
        ("time", "2023-11-14 17:13:20.123456789", {"time_zone": "America/New_York"}),
        ("x", "123456789", {"columns": {"time_ns": "x"}, "time_unit": "ns"}),
    ],
)
def test_times_are_exact_to_the_nanosecond(
    tmp_path: Path, name: str, text: str, options: dict[str, object]
):
    path = write(tmp_path / "t.csv", f"{name},price,size", f"{text},5,1", f"{text},6,1")
    events, _ = read(path, **options)
    expected = 123_456_789 if name == "x" else START + 123_456_789
    assert events["time_ns"].tolist() == [expected] * 2


def test_a_time_without_a_unit_is_refused(tmp_path: Path):
    path = write(tmp_path / "t.csv", "time,price,size", "34200,5,1")
    with pytest.raises(FeedError, match=r"time begins with 34200.*--time-unit"):
        read(path)


def test_local_times_follow_the_clock_changes(tmp_path: Path):
    times = ["2024-03-10 01:59:59.5", "2024-03-10 03:00:00", "2024-11-03 00:30:00"]
    path = write(tmp_path / "t.csv", "time,price,size", *(f"{time},5,1" for time in times))
    events, _ = read(path, time_zone="America/New_York")
    seconds = [1_710_053_999_500, 1_710_054_000_000, 1_730_608_200_000]
    assert events["time_ns"].tolist() == [s * 10**6 for s in seconds]
    with pytest.raises(FeedError, match="time zone 'Atlantis' is not known"):
        read(path, time_zone="Atlantis")


def packed(path: Path, kind: str) -> Path:
    data = path.read_bytes()
    target = path.with_name(f"packed.{kind}")
    if kind == "gz":
        target.write_bytes(gzip.compress(data))
    elif kind == "members.gz":
        half = data.index(b"\n", len(data) // 2) + 3
        target.write_bytes(gzip.compress(data[:half]) + gzip.compress(data[half:]) + b"\0" * 512)
    elif kind == "zst":
        target.write_bytes(zstandard.compress(data))
    elif kind == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("readme.txt", "not a tape")
            archive.writestr("t.csv", data)
    return target


@pytest.mark.parametrize("kind", ["gz", "members.gz", "zst", "zip"])
def test_compressed_tapes_read_like_plain_ones(tmp_path: Path, kind: str):
    path = write(tmp_path / "t.csv", HEADER, *(row(i, size=i % 7 + 1) for i in range(5000)))
    plain, _ = read(path)
    events, tape = read(packed(path, kind))
    assert np.array_equal(events, plain)
    assert tape.symbols == ["ABC"]


BROKEN = [
    ("price_not_a_number", f"{START + 2500},ABC,abc,3,buy"),
    ("price_not_a_number", f"{START + 2500},ABC,,3,buy"),
    ("price_not_a_number", f"{START + 2500},ABC,nan,3,buy"),
    ("price_zero", f"{START + 2500},ABC,0,3,buy"),
    ("price_negative", f"{START + 2500},ABC,-1,3,buy"),
    ("price_beyond_range", f"{START + 2500},ABC,1e15,3,buy"),
    ("size_zero", f"{START + 2500},ABC,100.25,0,buy"),
    ("size_negative", f"{START + 2500},ABC,100.25,-5,buy"),
    ("size_not_a_number", f"{START + 2500},ABC,100.25,inf,buy"),
    ("size_not_a_number", f"{START + 2500},ABC,100.25,0x10,buy"),
    ("time_unreadable", "yesterday,ABC,100.25,3,buy"),
    ("time_negative", "-5,ABC,100.25,3,buy"),
    ("time_backwards", f"{START - 1},ABC,100.25,3,buy"),
    ("time_backwards", f"{START + 10**15},ABC,100.25,3,buy"),
    ("symbol_missing", f"{START + 2500},,100.25,3,buy"),
    ("wrong_column_count", f"{START + 2500},ABC,100.25"),
    ("wrong_column_count", f"{START + 2500},ABC,100.25,3,buy,extra"),
    ("wrong_column_count", "garbage"),
    ("quote_left_open", f'{START + 2500},"ABC,100.25,3,buy'),
    ("stray_carriage_return", f"{START + 2500},ABC,100.25,3\r,buy"),
    ("symbol_overflow", f"{START + 2500},NEW,100.25,3,buy"),
]


@pytest.mark.parametrize(("reason", "line"), BROKEN)
def test_a_broken_line_is_counted_with_file_and_line(tmp_path: Path, reason: str, line: str):
    good = [row(i, size=i + 1) for i in range(6)]
    path = write(tmp_path / "t.csv", HEADER, *good[:3], "", line, *good[3:])
    events, tape = read(path, capacity=1)
    expected, _ = read(write(tmp_path / "good.csv", HEADER, *good), capacity=1)
    assert dict(tape.report.skipped) == {reason: 1}
    assert np.array_equal(events, expected)
    assert tape.report.examples[reason][0].startswith(f"{path}:6: ")


def test_bytes_that_are_not_utf8_cost_their_line_only(tmp_path: Path):
    path = tmp_path / "t.csv"
    lines = [HEADER, row(0), row(1), row(2)]
    data = "\n".join(lines).encode().replace(row(1).encode(), b"\xff\xfe" + row(1).encode())
    path.write_bytes(data)
    events, tape = read(path)
    assert len(events) == 2
    assert dict(tape.report.skipped) == {"not_utf8": 1}
    assert "t.csv:3: " in tape.report.examples["not_utf8"][0]


def test_a_side_that_is_none_is_inferred_and_said(tmp_path: Path):
    path = write(
        tmp_path / "t.csv", HEADER, row(0, price=5), row(1, price=6, side="?"),
        row(2, price=4, side=""), row(3, price=4, side="sell"),
    )  # fmt: skip
    events, tape = read(path)
    assert events["side"].tolist() == [Side.BUY, Side.BUY, Side.SELL, Side.SELL]
    inferred = EventFlag.SIDE_INFERRED
    assert events["flags"].tolist() == [0, inferred, inferred, 0]
    assert dict(tape.report.changed) == {"side_not_understood": 1}
    assert "t.csv:3: " in tape.report.examples["side_not_understood"][0]


def test_the_maker_column_of_a_download_names_the_other_side(tmp_path: Path):
    path = write(
        tmp_path / "BTC.csv",
        "id,price,qty,time,is_buyer_maker",
        "1,5,1,1700000000000,True",
        "2,5,1,1700000000001,false",
    )
    events, _ = read(path)
    assert events["side"].tolist() == [Side.SELL, Side.BUY]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a,b,c", "1,2,3"], "no column for time_ns, price, size among a, b, c.*--columns"),
        ([HEADER.replace("size", "sighs"), row(0)], "no column for size.*--columns size=NAME"),
        (
            ["time_ns,price,size", f"{START},cheap,1"],
            ":2: column price holds no price.*the line says '1700000000000000000,cheap,1'",
        ),
        (["time_ns,price,size", "noon,5,1"], ":2: column time_ns holds no time"),
        ([HEADER, row(0, side="left")], "column side holds no side.*--side-values"),
        ([HEADER], "no print in"),
        ([HEADER, row(0, size=0)], "no print in.*1 were skipped as size_zero.*:2: size is 0"),
    ],
)
def test_a_wrong_table_is_refused_with_a_remedy(tmp_path: Path, lines: list[str], message: str):
    path = write(tmp_path / "t.csv", *lines)
    with pytest.raises(FeedError, match=message):
        read(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "no line of text"),
        ("a,b".encode("utf-16"), "UTF-16"),
        (b"\x7fELF\0\0\0\0", "binary data in no known format"),
        (b"PK\x03\x04junk", "not a whole zip archive"),
        (b"PAR1junk", "not a whole Parquet file"),
    ],
)
def test_a_file_that_is_no_tape_is_refused(tmp_path: Path, data: bytes, message: str):
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(FeedError, match=message):
        read(path)


def test_a_missing_file_and_an_unknown_column_are_named(tmp_path: Path):
    with pytest.raises(FeedError, match=r"nope\.csv: no such file"):
        open_tape(tmp_path / "nope.csv")
    with pytest.raises(FeedError, match="format 'xml' is not known: allowed are auto, csv"):
        open_tape(tmp_path / "nope.csv", format="xml")
    path = write(tmp_path / "t.csv", HEADER, row(0))
    with pytest.raises(FeedError, match=r"no column 'cost' to read price from.*time_ns, symbol"):
        read(path, columns={"price": "cost"})


def test_blocks_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    lines = [row(i, price=100 + i % 9, size=i % 5 + 1) for i in range(500)]
    lines[250] = lines[250].replace("buy", "buy,more")
    path = write(tmp_path / "t.csv", HEADER, *lines)
    whole, tape = read(path, tick={"": "1"}, lot={"": "1"})
    monkeypatch.setattr(text_stream, "BLOCK", 1000)
    pieces, cut = read(path, tick={"": "1"}, lot={"": "1"})
    assert np.array_equal(whole, pieces)
    assert tape.report.examples == cut.report.examples
    assert ":252: " in cut.report.examples["wrong_column_count"][0]


def test_batches_do_not_show(tmp_path: Path):
    path = write(tmp_path / "t.csv", HEADER, *(row(i, side="") for i in range(100)))
    whole, _ = read(path)
    pieces, _ = read(path, batch=7)
    assert np.array_equal(whole, pieces)


@pytest.mark.parametrize("name", ["Atlantis", "America", "", "../UTC", "n" * 5000, "a\0"])
def test_a_zone_that_is_none_is_refused_where_times_are_numbers_too(name: str):
    with pytest.raises(FeedError, match="is not known here: use a name such as"):
        TapeOptions(time_zone=name)
