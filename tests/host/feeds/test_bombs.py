"""Small files that stand for large ones: every codec stays within bounded memory."""

import bz2
import gzip
import lzma
import os
import random
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from tests.host.feeds.tools import HEADER, row

from hydrophone.feeds import FeedError, open_tape
from hydrophone.feeds.scores import read_scores

TEXT = "\n".join([HEADER, *(row(i) for i in range(3000))]).encode() + b"\n"
MIB = 1 << 20
BOMB = 256 * MIB
"""Decompressed bytes of a bomb."""
MOST = 160 * MIB
"""Address space that reading may take beyond what the interpreter and its libraries have."""
READ = """
import resource, sys
import bz2, lzma, zstandard
from hydrophone.feeds import FeedError
from hydrophone.feeds.open_streams import open_streams
size = next(int(line.split()[1]) << 10 for line in open("/proc/self/status") if "VmSize" in line)
resource.setrlimit(resource.RLIMIT_AS, (size + int(sys.argv[1]),) * 2)
length = 0
try:
    for block in open_streams(sys.argv[2])[0].blocks():
        length += len(block.data)
    print("whole", length)
except FeedError as error:
    print(type(error).__name__, length, error)
"""


def limited(path: Path) -> str:
    """What reading a file says in a process that may take no more than `MOST`."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(MOST), str(path)], capture_output=True, text=True,
        timeout=300, check=False,
        # An arena of a thread's own reserves up to 128 MiB of addresses, which nobody reads.
        env={**os.environ, "MALLOC_ARENA_MAX": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def zipped(path: Path, method: int, packed: bytes, size: int, crc: int = 0) -> Path:
    """An archive with one member, whatever it holds."""
    name = b"t.csv"
    fields = (20, 0, method, 0, 0x21, crc, len(packed), min(size, 2**32 - 1), len(name))
    local = struct.pack("<4s5H3I2H", b"PK\3\4", *fields, 0) + name
    central = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, *fields, 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local) + len(packed), 0)
    path.write_bytes(local + packed + central + end)
    return path


def zipped_lzma(data: bytes, window: int) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": min(window, 1 << 22), "mode": lzma.MODE_FAST}]
    properties = (2 * 5 + 0) * 9 + 3
    header = struct.pack("<2BH", 9, 4, 5) + bytes([properties]) + window.to_bytes(4, "little")
    return header + lzma.compress(data, lzma.FORMAT_RAW, filters=filters)


def rle_frame(blocks: int, window_log: int) -> bytes:
    """A frame of zstd that says 128 KiB of one byte with every four of its own."""
    frame = b"\x28\xb5\x2f\xfd" + bytes([0, (window_log - 10) << 3])
    for block in range(blocks):
        frame += ((1 << 17) << 3 | 1 << 1 | (block == blocks - 1)).to_bytes(3, "little") + b"\n"
    return frame


@pytest.mark.parametrize("kind", ["gz", "zst", "bz2", "xz", "zip-8", "zip-12", "zip-14", "zip-93"])
def test_every_codec_gives_the_same_events(kind: str, tmp_path: Path):
    path = tmp_path / f"t.{kind.partition('-')[0]}"
    packed = {
        "gz": gzip.compress, "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
        "bz2": bz2.compress,
        "xz": lzma.compress, "zip-8": lambda text: zlib.compress(text)[2:-4],
        "zip-12": bz2.compress, "zip-14": lambda text: zipped_lzma(text, 1 << 16),
        "zip-93": zstandard.compress,
    }[kind](TEXT)  # fmt: skip
    if kind.startswith("zip"):
        zipped(path, int(kind[4:]), packed, len(TEXT), zlib.crc32(TEXT))
    else:
        path.write_bytes(packed + (b"\0" * 8 if kind in ("gz", "xz") else b""))
    assert sum(map(len, open_tape(path))) == 3000
    data = bytearray(path.read_bytes())
    data[60 + len(packed) // 2] ^= 0x10
    path.write_bytes(data)
    with pytest.raises(FeedError):
        list(open_tape(path))


def test_members_of_the_standard_librarys_archives_are_read(tmp_path: Path):
    methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    for method in methods:
        path = tmp_path / f"{method}.zip"
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("a.csv", TEXT)
        assert sum(map(len, open_tape(path))) == 3000


@pytest.mark.parametrize("kind", ["gz", "zst", "bz2", "zip-bz2", "zip-lzma"])
def test_a_bomb_is_read_in_bounded_memory(kind: str, tmp_path: Path):
    path = tmp_path / f"t.{kind.partition('-')[0]}"
    piece = b"\n" * (BOMB // 4)
    if kind == "gz":
        path.write_bytes(gzip.compress(piece) * 4)
    elif kind == "zst":
        path.write_bytes(rle_frame(BOMB >> 17, 20))
    elif kind == "bz2":
        path.write_bytes(bz2.compress(piece) * 4)
    elif kind == "zip-bz2":
        zipped(path, 12, bz2.compress(piece * 4), BOMB, zlib.crc32(piece * 4))
    else:
        zipped(path, 14, zipped_lzma(piece * 4, 1 << 26), BOMB, zlib.crc32(piece * 4))
    assert path.stat().st_size < MIB
    assert limited(path) == f"whole {BOMB}\n"


@pytest.mark.parametrize("kind", ["zst", "xz", "zip"])
def test_a_window_that_is_too_wide_is_refused_with_a_remedy(kind: str, tmp_path: Path):
    path = tmp_path / f"t.{kind}"
    if kind == "zst":
        path.write_bytes(rle_frame(4, 31))
    elif kind == "xz":
        filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}]
        path.write_bytes(lzma.compress(TEXT, lzma.FORMAT_XZ, filters=filters))
    else:
        zipped(path, 14, zipped_lzma(TEXT, 2**32 - 1), len(TEXT), zlib.crc32(TEXT))
    with pytest.raises(FeedError, match=r"needs a window of more than 128 MiB.*pack it again"):
        list(open_tape(path))


@pytest.mark.fuzz(20)
def test_a_damaged_lzma_archive_is_an_input_error(fuzz_seed: int, tmp_path: Path):
    packed = bytearray(zipped_lzma(TEXT, 1 << 16))
    dice = random.Random(fuzz_seed)
    for _ in range(dice.randint(1, 3)):
        packed[dice.randrange(len(packed))] = dice.randrange(256)
    path = zipped(tmp_path / "t.zip", 14, bytes(packed), len(TEXT), zlib.crc32(TEXT))
    try:
        events = sum(map(len, open_tape(path)))
    except FeedError:
        return
    assert events == 3000


def test_a_member_that_lies_about_itself_is_damaged(tmp_path: Path):
    packed = zlib.compress(TEXT)[2:-4]
    for method, size, said in (
        (8, len(TEXT) - 1, "it holds more than its directory says"),
        (8, len(TEXT) + 1, "1 bytes are missing"),
        (99, len(TEXT), "method 99 is not known: unpack it first"),
    ):
        path = zipped(tmp_path / "t.zip", method, packed, size, zlib.crc32(TEXT))
        with pytest.raises(FeedError, match=said):
            list(open_tape(path))


def test_a_header_of_very_many_columns_is_refused(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"," * (8 * MIB) + b"\n" + b"1," * 100)
    with pytest.raises(FeedError, match="8,388,609 columns, and 4,096 are the most"):
        list(open_tape(path))


def test_a_bomb_in_one_line_is_refused(tmp_path: Path):
    path = tmp_path / "t.gz"
    path.write_bytes(gzip.compress(TEXT) + gzip.compress(b"x" * (96 * MIB)))
    assert "no end of line within" in limited(path)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes a mebibyte for what fills the memory."""
    monkeypatch.setattr("hydrophone.feeds.codecs.WHOLE", MIB)


@pytest.mark.usefixtures("small")
def test_a_score_table_that_is_a_bomb_is_refused(tmp_path: Path):
    text = tmp_path / "t.bz2"
    text.write_bytes(bz2.compress(b"time,system,candidate,score\n" + b"1,a,b,1\n" * MIB))
    with pytest.raises(FeedError, match=r"more than \d+ MiB come of [\d,]+ stored bytes"):
        read_scores(str(text))
    table, rows = tmp_path / "t.parquet", MIB // 4
    kinds: dict[str, Any] = {"time": pa.int64(), "system": pa.string(), "candidate": pa.string()}
    kinds["score"] = pa.float64()
    columns = {name: pa.nulls(rows, kind) for name, kind in kinds.items()}
    pq.write_table(pa.table(columns), table)
    with pytest.raises(FeedError, match="more than 8 MiB come of"):
        read_scores(str(table))


@pytest.mark.usefixtures("small")
def test_a_parquet_page_that_is_a_bomb_is_refused(tmp_path: Path):
    path = tmp_path / "t.parquet"
    pq.write_table(
        pa.table({"time_ns": np.zeros(MIB)}), path, compression="zstd", use_dictionary=False,
        data_page_size=1 << 30,
    )  # fmt: skip
    with pytest.raises(FeedError, match="MiB come of"):
        list(open_tape(path))


def test_an_archive_of_very_many_files_is_refused(tmp_path: Path):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(513):
            archive.writestr(f"{number}.csv", TEXT[:200])
    with pytest.raises(FeedError, match="513 sources, and 512 at once are the most"):
        open_tape(path)
