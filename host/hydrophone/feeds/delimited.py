"""Reader of delimited text with a header (format ``csv``), or with columns mapped by number."""

from collections.abc import Iterator
from typing import Any

from hydrophone.feeds.columns import ColumnMap, map_columns
from hydrophone.feeds.csv_parser import CsvBlockParser
from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.optional_imports import import_optional
from hydrophone.feeds.reader_context import ReaderContext
from hydrophone.feeds.row_parser import RowParser
from hydrophone.feeds.text_stream import Block, TextStream
from hydrophone.feeds.trades import Trades

DELIMITERS = (",", ";", "\t", "|")
"""Delimiters between cells; the header's most frequent one counts."""
MAX_COLUMNS = 4096
"""A table with more of them is no table of prints."""


def read_delimited(source: TextStream, context: ReaderContext) -> Iterator[Trades]:
    """Yields the prints of a text.

    Raises:
        FeedError: There is no text, or a column is missing, or the first rows do not fit.
        DamagedInputError: The input broke off; what came before was yielded.
    """
    if source.head().startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FeedError(f"{source.name}: this is UTF-16: convert it to UTF-8 first")
    blocks = source.blocks(patience=context.patience)
    header, first = _header(blocks, source, context)
    names, delimiter = header
    columns = map_columns(names, context.options, context.report, source.name)
    table = CsvBlockParser(
        source=source.name,
        names=names,
        delimiter=delimiter,
        wanted=columns.all,
        report=context.report,
    )
    rows = RowParser(
        source=source.name, file_name=source.file_name, columns=columns, context=context
    )
    types: dict[str, Any] = {}
    for block in _chain(first, blocks):
        if not block.data.strip():
            continue
        types = types or _types(columns, table.sample(block))
        cells = table.read(block, types)
        if cells is not None:
            yield rows.trades(*cells)
    rows.prove()


def _chain(first: Block, rest: Iterator[Block]) -> Iterator[Block]:
    yield first
    yield from rest


def _header(
    blocks: Iterator[Block], source: TextStream, context: ReaderContext
) -> tuple[tuple[list[str], str], Block]:
    """Names of the columns and the delimiter, and the first block without its header line."""
    for block in blocks:
        data, line = block.data, block.line
        while data:
            top, _, rest = data.partition(b"\n")
            text = top.decode("utf-8", "replace").strip("\r\ufeff")
            if text.strip():
                delimiter = max(DELIMITERS, key=text.count)
                names = [name.strip().strip('"') for name in text.split(delimiter)]
                if len(names) > MAX_COLUMNS:
                    raise FeedError(
                        f"{source.name}:{line}: {len(names):,} columns, and {MAX_COLUMNS:,} are "
                        "the most: is this a table of prints?"
                    )
                if _by_number(context):
                    names = [str(place) for place in range(len(names))]
                    return (names, delimiter), Block(data=data, line=line)
                return (_unique(names), delimiter), Block(data=rest, line=line + 1)
            data, line = rest, line + 1
    raise FeedError(f"{source.name}: there is no line of text in it")


def _by_number(context: ReaderContext) -> bool:
    mapped = context.options.columns.values()
    return bool(mapped) and all(part.isdigit() for name in mapped for part in name.split("+"))


def _unique(names: list[str]) -> list[str]:
    """Column names, a repeated one with its place appended."""
    return [
        name if name not in names[:place] else f"{name}.{place}" for place, name in enumerate(names)
    ]


def _types(columns: ColumnMap, sample: dict[str, list[str]]) -> dict[str, Any]:
    """Fast types by the first lines; a block that does not fit them is read as strings."""
    pa = import_optional("pyarrow", purpose="reading csv")
    types = dict.fromkeys((columns.price, columns.size), pa.float64())
    for name in (columns.symbol, columns.side):
        if name is not None:
            types[name] = pa.dictionary(pa.int32(), pa.string())
    for name in columns.time:
        types[name] = pa.string()
    if len(columns.time) == 1:
        texts = sample[columns.time[0]]
        if texts and all(text.removeprefix("-").isdigit() for text in texts):
            types[columns.time[0]] = pa.int64()
        elif texts and all(_plain_timestamp(text) for text in texts):
            types[columns.time[0]] = pa.timestamp("ns")
    return types


def _plain_timestamp(text: str) -> bool:
    """Whether a time looks like an ISO date and time without a zone."""
    return text[4:5] == "-" and text[7:8] == "-" and not set("Zz+-") & set(text[10:])
