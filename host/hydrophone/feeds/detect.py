"""Format detection: which format a source is in, from its content or its name."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hydrophone.feeds import lean, lobster
from hydrophone.feeds.binance import read_binance
from hydrophone.feeds.delimited import read_delimited
from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.open_streams import is_parquet, open_streams
from hydrophone.feeds.options import COLUMNS
from hydrophone.feeds.parquet import read_parquet
from hydrophone.feeds.reader_context import ReaderContext
from hydrophone.feeds.text_stream import Progress, TextStream
from hydrophone.feeds.trades import Trades

FORMATS = ("auto", "csv", "parquet", "binance", "lean", "lobster")
_TEXT = {
    "csv": read_delimited,
    "binance": read_binance,
    "lean": lean.read_lean,
    "lobster": lobster.read_lobster,
}
_BINARY = 20
"""Text with one zero byte in this many is no text."""
_MESSAGE = re.compile(rb"\s*(\d+\s+)?[\[{]")
_ARRAY = re.compile(rb"\s*\[\s*\{")
_EVENT, _KEY = re.compile(rb'"e"\s*:'), re.compile(rb'"(\w+)"\s*:')
_KEYS = 8
"""Keys of an object that a message names."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One stream of prints: a file, or a member of an archive.

    Attributes:
        name: What messages call it.
        format: One of `FORMATS` but ``auto``.
        progress: Moved on while it is read.
        read: Reads it.
        text: The stream, if it is one of text.
    """

    name: str
    format: str
    progress: Progress
    read: Callable[[ReaderContext], Iterator[Trades]]
    text: TextStream | None = None

    @property
    def live(self) -> bool:
        """Whether it is a pipe, which may still grow while it is read."""
        return self.text is not None and self.text.live


def find_sources(path: str, format: str) -> list[Source]:
    """The sources in a file: one, or each contract or day of an archive.

    Raises:
        FeedError: The file cannot be opened, or nothing in it is a tape.
    """
    if format not in FORMATS:
        raise FeedError(f"format {format!r} is not known: allowed are {', '.join(FORMATS)}")
    if format == "parquet" or (format == "auto" and is_parquet(path)):
        progress = Progress()
        return [
            Source(
                name=path,
                format="parquet",
                progress=progress,
                read=lambda context: read_parquet(path, progress, context),
            )
        ]
    inputs = open_streams(path)
    if len(inputs) > 1 or ":" in inputs[0].name:
        inputs = [one for one in inputs if _is_tape(one, format)]
        if not inputs:
            raise FeedError(f"{path}: no member of the archive looks like a tape of prints")
    return [_source(one, detected(one) if format == "auto" else format) for one in inputs]


def detected(source: TextStream) -> str:
    """Format of a text.

    Raises:
        FeedError: It is no text, or JSON of another kind.
    """
    if lobster.FILE_NAME.search(source.file_name):
        return "lobster"
    if lean.EQUITY.search(source.file_name) or lean.FUTURE.search(source.file_name):
        return "lean"
    head = source.head()
    if _MESSAGE.match(head):
        if _ARRAY.match(head) and not _EVENT.search(head):
            keys = list(dict.fromkeys(key.decode() for key in _KEY.findall(head)))[:_KEYS]
            raise FeedError(
                f"{source.name}: this is a JSON array in no known format, of objects with "
                f"{', '.join(keys) or 'no keys'}: write it as a table, csv or Parquet, with "
                f"columns for {', '.join(COLUMNS)}"
            )
        return "binance"
    marked = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not marked and head.count(b"\0") * _BINARY > len(head):
        raise FeedError(
            f"{source.name}: this is binary data in no known format: "
            f"name one with --format {'|'.join(FORMATS[1:])}"
        )
    return "csv"


def _source(one: TextStream, format: str) -> Source:
    read = _TEXT[format]
    return Source(
        name=one.name,
        format=format,
        progress=one.progress,
        read=lambda context: read(one, context),
        text=one,
    )


def _is_tape(member: TextStream, format: str) -> bool:
    """Whether a member of an archive holds prints: order books and read-me files do not."""
    name = member.file_name.lower()
    if "_orderbook_" in name or name.endswith((".md", ".pdf")) or "readme" in name:
        return False
    if format == "lobster" or "_message_" in name:
        return lobster.FILE_NAME.search(member.file_name) is not None
    return name.endswith((".csv", ".txt", ".json", ".jsonl", ".tsv")) or format != "auto"
