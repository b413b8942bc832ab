"""Reader of raw exchange lines (format ``binance``): JSON messages ``trade`` and ``aggTrade``.

A line is a message, bare or wrapped as ``{"stream": …, "data": {…}}``, optionally behind the
local receive time; a file may also be one JSON array of flat messages. Time is the exchange's
``T``. ``m`` says that the buyer rested, so that the seller is the aggressor. Other messages are
passed over.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hydrophone.feeds.column_parsers import floats, symbols
from hydrophone.feeds.errors import FeedError
from hydrophone.feeds.line_filter import BlockText
from hydrophone.feeds.optional_imports import import_optional
from hydrophone.feeds.reader_context import ReaderContext
from hydrophone.feeds.row_parser import PROOF
from hydrophone.feeds.text_stream import Block, TextStream
from hydrophone.feeds.trades import Mask, Trades
from hydrophone_model.records import Side

_KINDS = ("trade", "aggTrade")
_MARK = b'rade"'
_PURPOSE = "reading raw exchange lines"
_MICROSECONDS = 10**14
"""Exchange times of this size and above are microseconds, those below are milliseconds."""


def read_binance(source: TextStream, context: ReaderContext) -> Iterator[Trades]:
    """Yields the prints among the messages of a source.

    Raises:
        FeedError: The first lines are no messages.
        DamagedInputError: The input broke off; what came before was yielded.
    """
    messages = _Messages(source.name, context)
    array = source.head().lstrip().startswith(b"[")
    first_item = 1
    separator = b"}," if array else b"\n"
    for block in source.blocks(separator=separator, patience=context.patience):
        if array:
            block = _items(block, first_item)
            first_item += block.data.count(b"\n") + 1
        trades = messages.read(block)
        if trades is not None:
            yield trades
    messages.prove()


def _items(block: Block, first: int) -> Block:
    """A piece of a JSON array as lines, one object each, numbered by item."""
    inner = block.data.strip().removeprefix(b"[").removesuffix(b"]").strip().removesuffix(b",")
    flat = inner.replace(b"\r", b" ").replace(b"\n", b" ")
    return Block(data=flat.replace(b"},", b"}\n"), line=first)


class _Messages:
    """One source: which kind of print it carries, and each symbol's newest trade id."""

    def __init__(self, source: str, context: ReaderContext) -> None:
        self._pa = import_optional("pyarrow", purpose=_PURPOSE)
        self._pc = import_optional("pyarrow.compute", purpose=_PURPOSE)
        self._source = source
        self._context = context
        self._kind = ""
        self._newest = np.full(context.symbols.capacity + 1, -1, dtype=np.int64)
        self._proved = False
        self._strange = 0
        self._first = ""
        pa = self._pa
        fields = [(name, pa.string()) for name in "espq"]
        fields += [(name, pa.int64()) for name in "Tta"] + [("m", pa.bool_())]
        self._fields = pa.struct(fields)
        self._schema = pa.schema([*fields, ("data", self._fields)])

    def read(self, block: Block) -> Trades | None:
        """The prints of a block, or None if there are none."""
        report, text = self._context.report, BlockText(block)
        lines = block.data.split(b"\n")
        places = [place for place, line in enumerate(lines) if _MARK in line]
        marked = set(places)
        odd = [
            place
            for place, line in enumerate(lines)
            if place not in marked and line and not _is_message(line)
        ]
        messages = sum(1 for line in lines if line.strip()) - len(odd)
        self._garbage(odd, block, text, messages=messages)
        report.passed_over[self._source] += messages - len(places)
        if not places:
            return None
        bodies = [_body(lines[place]) for place in places]
        line = np.array(places, dtype=np.int64) + block.line
        joined = b"\n".join(bodies)
        try:
            joined.decode("utf-8")
            table = self._parse(joined)
            if table.num_rows != len(bodies):
                raise self._pa.ArrowInvalid("a line is blank or holds more than one message")
        except (self._pa.ArrowInvalid, UnicodeDecodeError):
            objects = [_loaded(body) for body in bodies]
            broken = np.array([found is None for found in objects])
            self._garbage([p for p, bad in zip(places, broken, strict=True) if bad], block, text)
            line = line[~broken]
            table = self._from_objects([found for found in objects if found is not None])
        return self._trades(table, line, text) if len(line) else None

    def prove(self) -> None:
        """Refuses a source at whose end no line was a message.

        Raises:
            FeedError: It is in another format.
        """
        if self._strange and not self._proved:
            raise FeedError(self._first)

    def _garbage(
        self, places: Sequence[int], block: Block, text: BlockText, messages: int | None = None
    ) -> None:
        lines = np.array(places, dtype=np.int64) + block.line
        if not self._strange and len(lines):
            first = int(lines[0])
            self._first = f"{self._source}:{first}: no JSON message: the line says {text.at(first)}"
        self._strange += len(lines)
        self._proved |= bool(messages)
        if self._strange >= PROOF:
            self.prove()
        self._context.report.skip(
            "garbage", source=self._source, lines=lines, what=[text.at(int(n)) for n in lines[:8]]
        )

    def _parse(self, data: bytes) -> Any:
        reader = import_optional("pyarrow.json", purpose=_PURPOSE)
        table = reader.read_json(
            self._pa.BufferReader(data),
            read_options=reader.ReadOptions(block_size=len(data) + 1),
            parse_options=reader.ParseOptions(
                explicit_schema=self._schema, unexpected_field_behavior="ignore"
            ),
        )
        wrapped = table.column("data").combine_chunks()
        if wrapped.null_count == len(wrapped):
            return table
        columns: dict[str, Any] = {}
        for name in "espqTtam":
            inner = self._pc.struct_field(wrapped, name)
            columns[name] = self._pc.coalesce(inner, table.column(name).combine_chunks())
        return self._pa.table(columns)

    def _from_objects(self, objects: list[dict[str, Any]]) -> Any:
        """The same table from parsed messages, each cell as far as it has the right type."""
        pa, columns = self._pa, dict[str, Any]()
        for name in "espq":
            cells = [found.get(name) for found in objects]
            texts = [str(c) if isinstance(c, str | int | float) else None for c in cells]
            columns[name] = pa.array(texts, pa.string())
        for name in "Tta":
            cells = [found.get(name) for found in objects]
            whole = [c if type(c) is int and abs(c) < 2**63 else None for c in cells]
            columns[name] = pa.array(whole, pa.int64())
        maker = [m if isinstance(m := found.get("m"), bool) else None for found in objects]
        columns["m"] = pa.array(maker, pa.bool_())
        return pa.table(columns)

    def _trades(self, table: Any, line: NDArray[np.int64], text: BlockText) -> Trades | None:
        pc, report = self._pc, self._context.report
        column = {name: table.column(name).combine_chunks() for name in "espqTtam"}
        chosen = self._chosen(column["e"])
        if not chosen.all():
            report.passed_over[self._source] += int((~chosen).sum())
            column = {name: cells.filter(self._pa.array(chosen)) for name, cells in column.items()}
            line = line[chosen]
        if not len(line):
            return None
        time = pc.fill_null(column["T"], -1).to_numpy()
        symbol = symbols(column["s"], self._context.symbol)
        price, size = floats(column["p"]), floats(column["q"])
        maker = pc.fill_null(column["m"], False).to_numpy(zero_copy_only=False)
        trades = Trades(
            source=self._source,
            time_ns=time * np.where(time < _MICROSECONDS, 10**6, 10**3),
            symbol=symbol,
            price=price,
            size=size,
            side=np.where(maker, Side.SELL, Side.BUY).astype(np.int8),
            line=line,
            fractional=bool(pc.any(pc.match_substring(column["q"], ".")).as_py()),
        )
        identity = pc.fill_null(column["t" if self._kind == "trade" else "a"], -1).to_numpy()
        troubles = {
            "time_unreadable": (time < 0) | (time > 10**17),
            "price_not_a_number": np.isnan(price),
            "size_not_a_number": np.isnan(size),
            "symbol_missing": symbol < 0,
            "side_missing": ~pc.is_valid(column["m"]).to_numpy(zero_copy_only=False),
        }
        troubles["duplicate"] = self._repeated(symbol, identity)
        return trades.leaving_out(troubles, report, text)

    def _chosen(self, kinds: Any) -> Mask:
        """Messages of the kind of print that the source showed first: both would count twice."""
        pc = self._pc
        kinds = pc.fill_null(kinds, "")
        if not self._kind:
            both = pc.is_in(kinds, value_set=self._pa.array(_KINDS))
            first = pc.index(both, True).as_py()
            if first < 0:
                return np.zeros(len(kinds), dtype=np.bool_)
            self._kind = kinds[first].as_py()
        other = _KINDS[self._kind == _KINDS[0]]
        if pc.any(pc.equal(kinds, other)).as_py():
            self._context.report.note(
                f"{self._source} carries each print as trade and as aggTrade: only {self._kind} "
                "is read"
            )
        return pc.equal(kinds, self._kind).to_numpy(zero_copy_only=False)

    def _repeated(self, symbol: NDArray[np.int32], identity: NDArray[np.int64]) -> Mask:
        """Prints whose trade id is not newer than their symbol's newest: sent twice."""
        repeated = np.zeros(len(identity), dtype=np.bool_)
        for one in np.unique(symbol[symbol >= 0]):
            rows = np.flatnonzero((symbol == one) & (identity >= 0))
            ids = np.concatenate(([self._newest[one]], identity[rows]))
            newest = np.maximum.accumulate(ids)
            repeated[rows] = ids[1:] <= newest[:-1]
            self._newest[one] = newest[-1]
        return repeated


def _is_message(line: bytes) -> bool:
    line = line.strip()
    return not line or (line.endswith((b"}", b"]")) and line[:1] in b"{[0123456789")


def _body(line: bytes) -> bytes:
    """The message behind a receive time."""
    return line[line.find(b"{") :] if line[:1] != b"{" else line


def _loaded(body: bytes) -> dict[str, Any] | None:
    try:
        found: Any = json.loads(body)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    message = cast(dict[str, Any], found)
    inner = message.get("data", message)
    return cast(dict[str, Any], inner) if isinstance(inner, dict) else None
