"""Dataflow graph: what describing a datapath leaves behind, operations and what they take."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import CodeType

from hydrophone_model import fixed
from hydrophone_model.errors import HydrophoneError
from hydrophone_model.fixed import Fixed


class Kind(Enum):
    """Operation of a node; the value is its name in messages and reports."""

    INPUT = "input"
    CONSTANT = "constant"
    CONTROL = "control"
    STATE = "state"
    MEMORY = "memory"
    TABLE = "table in a block RAM"
    # Wiring only.
    SLICE = "slice"
    JOIN = "join"
    RESIZE = "resize"
    # Logic.
    ADD = "add"
    SUBTRACT = "subtract"
    COMPARE = "compare"
    EQUAL = "equal"
    AND = "and"
    OR = "or"
    XOR = "xor"
    NOT = "not"
    ANY = "any"
    MUX = "mux"
    CHOOSE = "choose"
    MERGE = "merge"
    SHIFT_LEFT = "shift left"
    SHIFT_RIGHT = "shift right"
    LEADING = "leading"
    MULTIPLY = "multiply"
    LOOKUP = "lookup"
    SUM = "sum"


INVARIANT = (Kind.CONSTANT, Kind.CONTROL)
"""Values that are the same on every clock while events are in flight."""
CLOCKED = (Kind.MEMORY, Kind.TABLE)
"""Synchronous reads: what a block RAM answers a clock after its address."""
WIRING = (Kind.SLICE, Kind.JOIN, Kind.RESIZE)
"""Kinds that are no logic, only names of bits."""

_HERE = Path(__file__).parent
_OTHERS = [str(_HERE.with_name(name)) for name in ("block.py", "window.py")]
_LANGUAGE = (str(_HERE), *_OTHERS, fixed.__file__, "<")
"""Paths of source files, or what they begin with, that hold no description."""


class DescriptionError(HydrophoneError, ValueError):
    """A description that is no hardware on any device and clock; the message names its source."""


@dataclass(eq=False, slots=True)
class Node:
    """A node of the dataflow graph: one operation of a datapath, equal to itself alone.

    What its operands do not say is in the classes derived from it: the raw integer of a constant,
    the first bit of a slice; `hydrophone_hdl.hls.memory` has those that read a state or a memory.

    Attributes:
        kind: What it does; legalisation may change it.
        format: Of its result.
        operands: Where its operands come from.
        place: File, line and function of the source that asked for it.
        scheduled: Whether a schedule has it, which legalises it in place.
    """

    kind: Kind
    format: Fixed
    operands: "tuple[Node, ...]" = ()
    place: str = field(default_factory=lambda: source_place(), kw_only=True)
    scheduled: bool = field(default=False, kw_only=True)

    @property
    def invariant(self) -> bool:
        """Whether it is a constant or a run-time setting itself."""
        return self.kind in INVARIANT

    def __str__(self) -> str:
        sizes = " x ".join(str(operand.format) for operand in self.operands)
        return f"{self.kind.value} {sizes or self.format}"


@dataclass(eq=False, slots=True)
class Constant(Node):
    """A constant.

    Attributes:
        raw: Its raw integer.
    """

    kind: Kind = field(default=Kind.CONSTANT, init=False)
    raw: int = field(kw_only=True)


@dataclass(eq=False, slots=True)
class Input(Node):
    """An input of the datapath.

    Attributes:
        port: Name of the port.
        element: Which element of the port.
    """

    kind: Kind = field(default=Kind.INPUT, init=False)
    port: str = field(kw_only=True)
    element: int = field(kw_only=True)


@dataclass(eq=False, slots=True)
class Control(Node):
    """A run-time setting.

    Attributes:
        setting: Name of the setting.
        element: Which element of the setting.
    """

    kind: Kind = field(default=Kind.CONTROL, init=False)
    setting: str = field(kw_only=True)
    element: int = field(kw_only=True)


@dataclass(eq=False, slots=True)
class Slice(Node):
    """A bit slice, as wide as its format.

    Attributes:
        first: Its lowest bit within the operand.
    """

    kind: Kind = field(default=Kind.SLICE, init=False)
    first: int = field(kw_only=True)


@dataclass(eq=False, slots=True)
class Resize(Node):
    """A shift by a constant, with the result read in another format.

    Attributes:
        left: Places to the left; negative to the right.
    """

    kind: Kind = field(default=Kind.RESIZE, init=False)
    left: int = field(kw_only=True)


@dataclass(eq=False, slots=True)
class Lookup(Node):
    """A look-up in a table of constants: logic, or a block RAM once its kind is `Kind.TABLE`.

    Attributes:
        table: Raw integers; the last stands for those beyond the end.
    """

    kind: Kind = field(default=Kind.LOOKUP, init=False)
    table: tuple[int, ...] = field(kw_only=True)


def source_place() -> str:
    """File, line and function of the nearest caller that is no part of the language."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage] - inspect.stack() reads files
    while frame.f_back is not None and is_language(frame.f_code):
        frame = frame.f_back
    return place_of(frame.f_code, frame.f_lineno)


def is_language(code: CodeType) -> bool:
    """Whether code is what descriptions are written with, and not a description itself."""
    return code.co_filename.startswith(_LANGUAGE)


def place_of(code: CodeType, line: int | None = None) -> str:
    """File, line and function of a place in the source; the function's own line unless given."""
    function = code.co_qualname.split(".<locals>")[0].split(".")[-1]
    return f"{Path(code.co_filename).name}:{line or code.co_firstlineno} {function}"


def spread_of(table: Iterable[int]) -> Fixed:
    """Narrowest integer format of a table."""
    entries = list(table)
    return Fixed.spanning(min(entries), max(entries))
