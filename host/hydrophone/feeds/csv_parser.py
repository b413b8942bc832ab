"""CSV parser: blocks of delimited text become Arrow tables, with the line of every row.

Arrow's typed parser takes block by block. Only a block with a cell that does not parse is read a
second time, as strings, so that each bad row is found, counted and left out.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.line_filter import BlockText, without_bad_lines
from hydrophone.feeds.optional_imports import import_optional
from hydrophone.feeds.report import TapeReport
from hydrophone.feeds.text_stream import Block, TextStream

Cells = tuple[Any, NDArray[np.int64], BlockText]
"""An Arrow table, the line of each row, and the text to quote."""
_PURPOSE = "reading delimited text"


class CsvBlockParser:
    """Parser of the blocks of one source.

    Args:
        source: What messages call the source.
        names: All columns, in their order.
        delimiter: The character between cells.
        wanted: Columns to read.
        report: Takes counts of bad rows.
    """

    def __init__(
        self,
        *,
        source: str,
        names: list[str],
        delimiter: str,
        wanted: list[str],
        report: TapeReport,
    ) -> None:
        self._pa = import_optional("pyarrow", purpose=_PURPOSE)
        self._csv = import_optional("pyarrow.csv", purpose=_PURPOSE)
        self._source = source
        self._names = names
        self._delimiter = delimiter
        self._wanted = wanted
        self._report = report

    def sample(self, block: Block) -> dict[str, list[str]]:
        """Cells of the wanted columns on the first lines of a block, blank ones left out."""
        start = block.data[: 1 << 14]
        start = start[: start.rfind(b"\n") + 1] or block.data
        start = start.decode("utf-8", "ignore").replace('"', "").encode()
        if not start.strip():
            return {name: [] for name in self._wanted}
        table, _ = self._parse(start, dict.fromkeys(self._wanted, self._pa.string()))
        return {
            name: [cell.strip() for cell in table.column(name).to_pylist() if cell and cell.strip()]
            for name in self._wanted
        }

    def read(self, block: Block, types: dict[str, Any]) -> Cells | None:
        """The rows of a block, typed where all of its cells allow it; None if there are none."""
        data, numbers = without_bad_lines(block, source=self._source, report=self._report)
        if not data.strip():
            return None
        try:
            table, wrong = self._parse(data, types)
        except self._pa.ArrowInvalid:
            table, wrong = self._parse(data, dict.fromkeys(self._wanted, self._pa.string()))
        lines = self._lines(block, data, numbers, wrong, table.num_rows)
        return (table, lines, BlockText(block)) if len(lines) else None

    def _parse(self, data: bytes, types: dict[str, Any]) -> tuple[Any, list[str]]:
        wrong: list[str] = []

        def skip(row: Any) -> str:
            wrong.append(row.text)
            return "skip"

        csv = self._csv
        table = csv.read_csv(
            self._pa.BufferReader(data),
            read_options=csv.ReadOptions(
                column_names=self._names, block_size=max(len(data), 1 << 16) + 1
            ),
            parse_options=csv.ParseOptions(
                delimiter=self._delimiter,
                quote_char='"' if b'"' in data else False,
                invalid_row_handler=skip,
            ),
            convert_options=csv.ConvertOptions(
                column_types=types,
                include_columns=self._wanted,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                check_utf8=False,
            ),
        )
        return table, wrong

    def _lines(
        self,
        block: Block,
        data: bytes,
        numbers: NDArray[np.int64] | None,
        wrong: list[str],
        rows: int,
    ) -> NDArray[np.int64]:
        """The line of each row, after blank lines and rows of the wrong width fell out."""
        if numbers is None:
            count = data.count(b"\n") + (not data.endswith(b"\n"))
            numbers = np.arange(block.line, block.line + count, dtype=np.int64)
        if len(numbers) == rows:
            return numbers
        lines = data.split(b"\n")
        full = [place for place, line in enumerate(lines) if line not in (b"", b"\r")]
        bad: list[int] = []
        if wrong:
            texts = set(wrong)
            bad = [p for p in full if lines[p].rstrip(b"\r").decode("utf-8") in texts]
            where = numbers[np.array(bad, dtype=np.int64)]
            quotes = [f"{lines[p].decode('utf-8')[:80]!r}" for p in bad[:8]]
            self._report.skip("wrong_column_count", source=self._source, lines=where, what=quotes)
        gone = set(bad)
        kept = [place for place in full if place not in gone]
        if len(kept) != rows:
            raise FeedError(
                f"{self._source}:{block.line}: {len(kept)} lines gave {rows} rows: a quoted cell "
                "spans lines, which is not supported"
            )
        return numbers[np.array(kept, dtype=np.int64)]


def parse_headerless(
    source: TextStream, *, names: Sequence[str], types: dict[str, Any], report: TapeReport
) -> Iterator[Cells]:
    """Yields the tables of a headerless text whose columns and types a format fixes."""
    table = CsvBlockParser(
        source=source.name, names=list(names), delimiter=",", wanted=list(types), report=report
    )
    for block in source.blocks():
        cells = table.read(block, types)
        if cells is not None:
            yield cells
