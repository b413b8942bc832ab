"""Live pipes: read as bytes come, and heard as a file of the same bytes is."""

import gzip
import os
import random
import socket
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
import zstandard
from tests.host.feeds.tools import HEADER, START, row

from hydrophone.feeds import FeedError, Tape, TapeOptions, open_tape
from hydrophone.feeds.merge import Events, merged
from hydrophone.feeds.report import TapeReport
from hydrophone_model.records import EVENT

NAMED = TapeOptions(tick={"": "0.25"}, lot={"": "1"})
SPOILED = (
    "", "  ", "nothing", '"open,1,2,3,4', "\xff,\xfe", "1,2", f"{START},ABC,,5,buy", "a\rb,c",
    f"{START},ABC,100.5,5,perhaps", f"{START},,100.5,5,buy", "time_ns,symbol,price,size,side",
)  # fmt: skip


def text_of(dice: random.Random) -> bytes:
    """A tape with times of one kind, and with lines that cannot be read here and there."""
    lines = [HEADER]
    kind = dice.choice(("number", "text", "mixed zones"))
    spoiled = dice.choice((0, 0.02, 0.3))
    for i in range(dice.randrange(1, 3000)):
        cells = row(
            i * 1000, symbol=dice.choice("ABC"), price=100 + dice.randrange(40) / 4,
            size=dice.randrange(1, 1000), side=dice.choice(("buy", "sell", "")),
        ).split(",")  # fmt: skip
        if kind != "number":
            zone = dice.choice(("", "Z", "+00:00")) if kind == "mixed zones" else ""
            cells[0] = f"2024-03-01T10:{i // 60:02}:{i % 60:02}.{i % 1000:03}{zone}"
        lines.append(",".join(cells))
        if i > 80 and dice.random() < spoiled:
            lines.append(dice.choice(SPOILED))
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    return text + b"\n" * dice.randrange(2)


def messages_of(dice: random.Random) -> bytes:
    lines: list[str] = []
    for i in range(dice.randrange(1, 2000)):
        kind = dice.choice(("aggTrade", "aggTrade", "aggTrade", "depthUpdate"))
        lines.append(
            f'{{"e":"{kind}","s":"{dice.choice("XY")}","a":{i},"p":"{100 + i % 9}.25",'
            f'"q":"{i % 7 + 1}","T":{1_700_000_000_000 + i},"m":{dice.choice(("true", "false"))}}}'
        )
        if dice.random() < 0.05:
            lines.append(dice.choice(("garbage", "", '{"e":"aggTrade"}', '{"e":"aggTrade",')))
    return "\n".join(lines).encode() + b"\n"


def send(descriptor: int, data: bytes, dice: random.Random) -> None:
    """Writes in pieces of any size, with pauses."""
    with os.fdopen(descriptor, "wb", buffering=0) as pipe:
        while data:
            size = int(2 ** dice.uniform(0, 17))
            pipe.write(data[:size])
            data = data[size:]
            if dice.random() < 0.3:
                time.sleep(dice.uniform(0, 0.004))


def through_a_pipe(data: bytes, dice: random.Random, options: TapeOptions = NAMED) -> Tape:
    reader, writer = os.pipe()
    threading.Thread(target=send, args=(writer, data, dice)).start()
    return open_tape(f"/dev/fd/{reader}", options=options)


def heard(tape: Tape) -> tuple[bytes, object]:
    """Every bit of the events, and what became of the lines that are none."""
    report = tape.report
    try:
        events = np.concatenate([np.empty(0, EVENT.dtype), *tape])
    except FeedError as error:
        return b"", str(error).partition(": ")[2].replace(tape.sources[0], "")[:60]
    counts = dict(report.skipped), dict(report.changed), report.passed_over.total()
    return events.tobytes(), (counts, tape.symbols)


@pytest.mark.fuzz(12)
def test_a_pipe_is_heard_as_a_file_is_to_the_bit(fuzz_seed: int, tmp_path: Path):
    dice = random.Random(fuzz_seed)
    text = dice.choice((text_of, messages_of))(dice)
    pack = dice.choice((bytes, bytes, gzip.compress, zstandard.compress))
    (tmp_path / "t").write_bytes(text)
    assert heard(through_a_pipe(pack(text), dice)) == heard(
        open_tape(tmp_path / "t", options=NAMED)
    )


@pytest.mark.parametrize("codec", ["plain", "gzip", "zstd"])
def test_what_has_come_is_heard_while_the_pipe_stays_open(codec: str):
    reader, writer = os.pipe()
    if codec == "gzip":
        packer = zlib.compressobj(wbits=31)
        packed = [
            packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)
            for part in (f"{HEADER}\n{row(0)}\n".encode(), f"{row(1)}\n".encode())
        ]
    elif codec == "zstd":
        frame = zstandard.ZstdCompressor().compressobj()
        packed = [
            frame.compress(part) + frame.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
            for part in (f"{HEADER}\n{row(0)}\n".encode(), f"{row(1)}\n".encode())
        ]
    else:
        packed = [f"{HEADER}\n{row(0)}\n1700".encode(), f"{row(1)[4:]}\n".encode()]
    os.write(writer, packed[0])
    batches = iter(open_tape(f"/dev/fd/{reader}", options=NAMED))
    assert len(next(batches)) == 1
    os.write(writer, packed[1])
    second = next(batches)
    assert second["time_ns"].tolist() == [START + 1000]
    os.close(writer)
    os.close(reader)


def test_the_first_lines_wait_for_a_tick_to_be_inferred():
    reader, writer = os.pipe()
    for part in (f"{HEADER}\n{row(0, price=100)}\n", f"{row(1, price=100.125)}\n"):
        os.write(writer, part.encode())
    tape = open_tape(f"/dev/fd/{reader}")
    before = time.monotonic()
    batch = next(iter(tape))
    assert time.monotonic() - before > 0.9
    assert len(batch) == 2
    assert str(tape.tick(0)) == "0.001"
    assert any("--tick and --lot" in note for note in tape.report.notes)
    os.close(writer)
    os.close(reader)


def test_a_socket_is_a_source(tmp_path: Path):
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(f"{HEADER}\n{row(0)}\n".encode())

        thread = threading.Thread(target=serve)
        thread.start()
        assert sum(map(len, open_tape(path, options=NAMED))) == 1
        thread.join()


def test_a_live_clock_that_is_set_back_goes_on_after_some_prints():
    times = [10, 10**12, *range(11, 60)]
    lines = [f"{time},ABC,100,1,buy" for time in times]
    text = "\n".join([HEADER, *lines]).encode()
    options = TapeOptions(tick={"": "1"}, lot={"": "1"}, time_unit="ns")
    tape = through_a_pipe(text, random.Random(1), options)
    events = np.concatenate(list(tape))
    assert events["time_ns"].tolist() == [10, 10**12, *range(27, 60)]
    assert tape.report.skipped == {"time_backwards": 16}
    assert tape.report.changed == {"clock_set_back": 1}


@pytest.mark.fuzz(20)
def test_the_merge_does_not_depend_on_how_sources_came_in(fuzz_seed: int):
    dice = np.random.default_rng(fuzz_seed)
    sources: list[Events] = []
    for symbol in range(3):
        events = np.zeros(int(dice.integers(1, 40)), EVENT.dtype)
        events["time_ns"] = np.cumsum(dice.integers(0, 2, len(events)))
        events["symbol"], events["size"] = symbol, np.arange(len(events))
        sources.append(events)

    def cut(events: Events) -> list[Events]:
        places = np.unique(dice.integers(0, len(events) + 1, 6))
        return [part for part in np.split(events, places) if len(part)]

    whole, parts = (
        np.concatenate(list(merged(lanes, failures=[], report=TapeReport())))
        for lanes in ([iter([one]) for one in sources], [iter(cut(one)) for one in sources])
    )
    assert whole.tobytes() == parts.tobytes()
