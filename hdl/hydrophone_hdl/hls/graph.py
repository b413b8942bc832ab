"""The graph that describing a datapath leaves behind: operations and what they take."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import CodeType
from typing import Any

from hydrophone_model import fixed
from hydrophone_model.errors import HydrophoneError
from hydrophone_model.fixed import Fixed


class Kind(Enum):
    """What a node does; the value is the name by which delays are characterised."""

    INPUT = "input"
    CONSTANT = "constant"
    CONTROL = "control"
    STATE = "state"
    STORED = "stored"
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


STEADY = (Kind.CONSTANT, Kind.CONTROL)
"""Values that are the same on every clock while events are in flight."""
CLOCKED = (Kind.STORED, Kind.TABLE)
"""What a block RAM answers a clock after its address."""
WIRING = (Kind.SLICE, Kind.JOIN, Kind.RESIZE)
"""Kinds that are no logic, only names of bits."""

_HERE = Path(__file__).parent
_OTHERS = [str(_HERE.with_name(name)) for name in ("block.py", "window.py")]
_LANGUAGE = (str(_HERE), *_OTHERS, fixed.__file__, "<")
"""How files begin that hold no description."""


class DescriptionError(HydrophoneError, ValueError):
    """A description that is no hardware on any device and clock; the message names its source."""


@dataclass(eq=False)
class Node:
    """One operation of a datapath.

    Attributes:
        kind: What it does.
        format: Of its result.
        operands: Where its operands come from.
        data: What else defines it: a constant's raw integer, the port and place of an input, the
            first bit of a slice, the raw table of a look-up, the memory of a state.
        place: File, line and function of the source that asked for it.
        scheduled: Whether a schedule has it, which lowers it in place.
    """

    kind: Kind
    format: Fixed
    operands: "tuple[Node, ...]" = ()
    data: Any = None
    place: str = field(default_factory=lambda: source_place())
    scheduled: bool = False

    @property
    def invariant(self) -> bool:
        """Whether it is a constant or a run-time setting itself."""
        return self.kind in STEADY

    def __str__(self) -> str:
        sizes = " x ".join(str(operand.format) for operand in self.operands)
        return f"{self.kind.value} {sizes or self.format}"


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
