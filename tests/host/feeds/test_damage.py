"""Input that breaks off or is damaged at random: never silent, never a crash, all accounted for."""

import bz2
import gzip
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from tests.host.feeds.tools import HEADER, START, row, write

from hydrophone.feeds import DamagedInputError, FeedError, Tape, TapeOptions, open_tape


def drained(path: Path) -> tuple[int, str]:
    """Events that came before the tape broke off, and what was said then."""
    return broken_off(open_tape(path))


def broken_off(tape: Tape) -> tuple[int, str]:
    events = 0
    try:
        for batch in tape:
            events += len(batch)
    except DamagedInputError as damage:
        return events, str(damage)
    pytest.fail("the tape came to its end")


@pytest.fixture
def tape_text(tmp_path: Path) -> bytes:
    lines = [row(i, price=100 + i % 13, size=i * 7919 % 101 + 1) for i in range(20_000)]
    return write(tmp_path / "t.csv", HEADER, *lines).read_bytes()


@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_a_truncated_stream_is_read_to_its_end_and_then_refused(
    tmp_path: Path, tape_text: bytes, kind: str
):
    path = tmp_path / f"t.{kind}"
    # Frames of one piece each, so that what lies before the cut can be decompressed.
    whole = gzip.compress(tape_text) if kind == "gz" else b"".join(
        zstandard.compress(tape_text[i : i + 50_000]) for i in range(0, len(tape_text), 50_000)
    )  # fmt: skip
    path.write_bytes(whole[: len(whole) // 2])
    events, told = drained(path)
    assert 1000 < events < 20_000
    assert f"{path}: the {'gzip' if kind == 'gz' else 'zstd'} data ends early" in told
    assert f"({events:,} events were processed)" in told


def test_the_last_line_of_a_truncated_stream_does_not_count(tmp_path: Path):
    text = f"{HEADER}\n{row(0, size=3)}\n{row(1, size=3)}\n".encode()
    path = tmp_path / "t.gz"
    packed = gzip.compress(text[:-2])  # the second row is cut off: its side reads "b"
    path.write_bytes(packed[:-4])
    events, _ = drained(path)
    assert events == 1


def test_damage_in_the_middle_of_gzip_is_named(tmp_path: Path, tape_text: bytes):
    packed = bytearray(gzip.compress(tape_text, 1))
    packed[len(packed) // 2] ^= 0xFF
    path = tmp_path / "t.gz"
    path.write_bytes(packed)
    events, told = drained(path)
    assert events < 20_000
    assert "the gzip data is damaged" in told


def test_a_damaged_member_of_an_archive_is_named(tmp_path: Path, tape_text: bytes):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", tape_text)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    _, told = drained(path)
    assert f"{path}:a.csv: the archive is damaged: Bad CRC-32" in told


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_damage_to_a_member_packed_in_any_way_is_named(
    method: int, seed: int, tmp_path: Path, tape_text: bytes
):
    random_, path = random.Random(seed), tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.csv", tape_text)
        packed = archive.getinfo("a.csv").compress_size
    whole = path.read_bytes()
    for _ in range(20):
        data, place = bytearray(whole), random_.randrange(60, packed)
        data[place : place + 8] = bytes(byte ^ 0xFF for byte in data[place : place + 8])
        path.write_bytes(data)
        with pytest.raises(FeedError, match=f"{path}:a.csv: |{path}: "):
            for _ in open_tape(path):
                pass


def test_one_damaged_source_does_not_stop_the_others(tmp_path: Path, tape_text: bytes):
    broken, whole = tmp_path / "broken.gz", tmp_path / "t.csv"
    broken.write_bytes(gzip.compress(tape_text)[:2000])
    events, told = broken_off(open_tape([broken, whole]))
    assert events > 20_000
    assert "ends early" in told


PRINTS = [
    f'{{"e":"trade","E":1,"T":{START // 10**6 + i},"s":"ABC","t":{i},"p":"{100 + i % 5}.5",'
    '"q":"2","m":false}'
    for i in range(60)
]
TAPES = {
    "t.csv": [HEADER, *(row(i, price=100 + i % 5) for i in range(60))],
    "t.jsonl": [f'{{"stream":"a@trade","data":{body}}}' for body in PRINTS],
    "t.json": [f"[{', '.join(PRINTS)}]"],
    "20131008_abc_Trade_Tick.csv": [f"{34200000 + i},{491800 + i},100,P,1,0" for i in range(60)],
    "ABC_2012-06-21_1_2_message_1.csv": [f"{34200 + i}.5,4,{i},7,2238200,-1" for i in range(60)],
}


def damaged(data: bytes, dice: random.Random) -> bytes:
    """A few random edits: flipped and inserted bytes, cuts, repeats, absurd numbers."""
    text = bytearray(data)
    for _ in range(dice.choice([1, 1, 2, 5, 30])):
        at, kind = dice.randrange(len(text)), dice.randrange(6)
        if kind == 0:
            text[at] = dice.randrange(256)
        elif kind == 1:
            text[at:at] = bytes([dice.choice(b'",\n\r\0-.e;{}[]\xff')])
        elif kind == 2:
            del text[at : at + dice.randrange(1, 50)]
        elif kind == 3:
            text[at:at] = text[max(0, at - 100) : at]
        elif kind == 4:
            text[at:at] = b"99999999999999999999999"
        else:
            text[at:at] = bytes([dice.choice(b"0123456789")])
    return bytes(text)


@pytest.mark.parametrize("name", TAPES)
def test_random_damage_is_an_event_a_skip_or_a_feed_error(tmp_path: Path, name: str, seed: int):
    dice = random.Random(f"{seed} {name}")
    whole = "\n".join(TAPES[name]).encode()
    path = tmp_path / name
    read = 0
    for trial in range(250):
        path.write_bytes(damaged(whole, dice))
        try:
            tape = open_tape(path, options=TapeOptions(capacity=4))
            events = sum(map(len, tape))
        except FeedError:
            continue
        read += 1
        if name == "t.csv":
            lines = [line for line in path.read_bytes().split(b"\n") if line not in (b"", b"\r")]
            counted = events + tape.report.skipped.total()
            assert counted == len(lines) - 1, f"trial {trial}: {tape.report.skipped}"
    assert read > 100


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress], ids=["gzip", "bzip2"])
@pytest.mark.parametrize(
    "garbage", [b"rest", b"\0\0\0rest", b"\0" * 200_000 + b"x"], ids=["text", "padded", "far"]
)
def test_trailing_garbage_is_ignored_with_a_note(
    tmp_path: Path, tape_text: bytes, pack: Callable[[bytes], bytes], garbage: bytes
):
    path = tmp_path / "t.packed"
    middle = tape_text.index(b"\n", len(tape_text) // 2) + 1
    path.write_bytes(pack(tape_text[:middle]) + pack(tape_text[middle:]) + garbage)
    tape = open_tape(path)
    assert sum(len(batch) for batch in tape) == 20_000
    kind = "gzip" if pack is gzip.compress else "bzip2"
    assert f"{path}: trailing garbage behind the {kind} data is ignored" in tape.report.notes


def test_what_follows_a_stream_that_its_own_tool_does_not_ignore_is_damage(
    tmp_path: Path, tape_text: bytes
):
    path = tmp_path / "t.zst"
    path.write_bytes(zstandard.compress(tape_text) + b"left over")
    events, told = drained(path)
    assert events == 20_000
    assert "the zstd data is damaged" in told


def test_a_folder_is_said_to_be_one(tmp_path: Path):
    with pytest.raises(FeedError, match=f"{tmp_path}: this is a folder: name the files in it"):
        open_tape(tmp_path)
