"""Score table files: Parquet, or delimited text with a header, read as columns.

Whatever is wrong with a file is said here, with its name and the column.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydrophone.feeds.codecs import check_ratio
from hydrophone.feeds.delimited import DELIMITERS
from hydrophone.feeds.errors import FeedError, OptionValueError
from hydrophone.feeds.open_streams import is_parquet, open_streams
from hydrophone.feeds.optional_imports import import_optional
from hydrophone.feeds.parquet import check_chunks
from hydrophone.feeds.pipes import is_pipe
from hydrophone.feeds.score_columns import COLUMNS, PURPOSE, Cells
from hydrophone.feeds.text_stream import LONGEST_LINE

_USUAL = {"time": r"time(_?(s|ms|us|ns))?|timestamp|ts|datetime"}
_NAMES = ("system", "candidate")


def read_cells(path: str, named: Mapping[str, str]) -> Cells:
    """Reads the needed columns of Parquet, or of delimited text with a header, packed or not.

    Args:
        path: The file; ``-`` is standard input.
        named: What columns are called, by `COLUMNS`, where it is something else.

    Raises:
        FeedError: The file cannot be read, has no row, or a column is missing, there twice, or of
            a type that cannot be what it means.
    """
    notes: list[str] = []
    if is_parquet(path):
        names, table = _parquet(path, named)
    else:
        names, table = _text(path, named, notes)
    if not table.num_rows:
        raise FeedError(f"{path}: there is no row in it")
    for meaning, name in names.items():
        _check_type(path, meaning, name, table.schema.field(name).type)
    columns = {meaning: table.column(name) for meaning, name in names.items()}
    return Cells(path, names, columns, notes)


def _parquet(path: str, named: Mapping[str, str]) -> tuple[dict[str, str], Any]:
    pa = import_optional("pyarrow", purpose=PURPOSE)
    parquet = import_optional("pyarrow.parquet", purpose=PURPOSE)
    try:
        with parquet.ParquetFile(path) as file:
            names = _columns(path, file.schema_arrow.names, named)
            cells = 8 * file.metadata.num_rows * len(names)
            check_ratio(path, cells, Path(path).stat().st_size)
            check_chunks(path, file.metadata)
            return names, file.read(columns=list(dict.fromkeys(names.values())))
    except (pa.ArrowInvalid, OSError) as error:
        raise FeedError(
            f"{path}: not a whole Parquet file ({error}): was it cut short while copying?"
        ) from error
    except UnicodeDecodeError as error:
        raise FeedError(
            f"{path}: a column's name is no UTF-8 text, {error.object!r}: rename it"
        ) from error
    except pa.ArrowException as error:
        raise FeedError(f"{path}: this Parquet file cannot be read: {error}") from error


def _text(path: str, named: Mapping[str, str], notes: list[str]) -> tuple[dict[str, str], Any]:
    pa = import_optional("pyarrow", purpose=PURPOSE)
    arrow_csv = import_optional("pyarrow.csv", purpose=PURPOSE)
    inputs, piped = open_streams(path), path == "-" or is_pipe(path)
    if len(inputs) > 1:
        raise FeedError(f"{path}: the archive holds {len(inputs)} files: name one table")
    data = bytearray()
    for block in inputs[0].blocks():
        data += block.data
        check_ratio(
            path, len(data), inputs[0].progress.done if piped else Path(path).stat().st_size
        )
    notes += inputs[0].notes
    header, delimiter = _header(path, bytes(data[:LONGEST_LINE]))
    names = _columns(path, header, named)
    # A name is text, whatever it looks like: 007, TRUE and NA are good names.
    kinds = {names[meaning]: pa.binary() for meaning in _NAMES}
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=list(dict.fromkeys(names.values())), column_types=kinds
            ),
        )
    except pa.ArrowException as error:
        raise FeedError(f"{path}: no table of delimited text with a header: {error}") from error
    return names, table


def _header(path: str, data: bytes) -> tuple[list[str], str]:
    """Names of the columns on the first line that is not blank, and what stands between them."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FeedError(f"{path}: this is UTF-16: convert it to UTF-8 first")
    start = len(data) - len(data.lstrip(b"\r\n"))
    line = data[start:].split(b"\n", 1)[0].strip(b"\r")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise FeedError(
            f"{path}: the header is no UTF-8 text, {line[:80]!r}: convert the file to UTF-8"
        ) from error
    delimiter = max(DELIMITERS, key=text.count)
    cells = list(csv.reader([text], delimiter=delimiter))
    return cells[0] if cells else [], delimiter


def _columns(path: str, present: Sequence[str], named: Mapping[str, str]) -> dict[str, str]:
    """The column of each meaning."""
    unknown = sorted(set(named) - set(COLUMNS))
    if unknown:
        raise OptionValueError(f"no column means {unknown[0]!r}: use {', '.join(COLUMNS)}")
    found: dict[str, str] = {}
    for meaning in COLUMNS:
        pattern = re.escape(named[meaning]) if meaning in named else _USUAL.get(meaning, meaning)
        match = [name for name in present if name == named.get(meaning)] or [
            name for name in present if re.fullmatch(pattern, name.strip(), re.IGNORECASE)
        ]
        if match:
            found[meaning] = match[0]
            same = [name for name in match if name.strip().lower() == match[0].strip().lower()]
            if len(same) > 1:
                raise FeedError(
                    f"{path}: {len(same)} columns could be the {meaning}, "
                    f"{' and '.join(map(repr, same))}: rename all but one"
                )
        elif meaning in named or meaning != "outcome":
            raise FeedError(
                f"{path}: no column {named.get(meaning, meaning)!r} among "
                f"{', '.join(present[:16])}: name it with --columns {meaning}=NAME"
            )
    return found


def _check_type(path: str, meaning: str, name: str, kind: Any) -> None:
    """Refuses a column of a type that cannot be what it means."""
    types: Any = import_optional("pyarrow", purpose=PURPOSE).types
    inner = kind.value_type if types.is_dictionary(kind) else kind
    strange = (types.is_time, types.is_duration, types.is_boolean) if meaning == "time" else ()
    if types.is_nested(inner) or any(refused(inner) for refused in strange):
        wanted = {
            "time": "a timestamp, a number or text",
            "score": "a number",
            "outcome": "a number",
        }
        raise FeedError(
            f"{path}: column {name!r} is of type {kind} and cannot be the {meaning}: give "
            f"{wanted.get(meaning, 'text')}, or name another column with --columns {meaning}=NAME"
        )
