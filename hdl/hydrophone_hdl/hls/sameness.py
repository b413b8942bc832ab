"""Structural equality: the key under which datapaths made of the same share a schedule.

Two datapaths of one class are the same hardware where everything that they were given is equal,
down to the type: 1, 1.0 and True are three things. Of plain values, containers, frozen dataclasses
and datapaths this can be decided; of a function, say, or a list that holds itself it cannot.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, cast

import numpy as np

PLAIN = (bool, int, str, bytes, type(None), type, Enum)
"""Types whose equality is that of the value."""
PRINTED = (float, complex, np.generic, np.dtype)
"""Types whose text tells more than equality does: the sign of a zero, NaN."""


class Unknown(Exception):  # noqa: N818 - an answer, which never leaves this module's caller
    """Undecidable: an object of which nobody can say whether another is the same."""


def made_of(value: object, of: tuple[type, ...], within: tuple[object, ...] = ()) -> Hashable:
    """A key that is equal for objects that are made of the same, and for no others.

    Args:
        value: The object.
        of: Types that are what their attributes are.
        within: The objects that it is a part of.

    Raises:
        Unknown: It cannot be decided.
    """
    kind, inner = type(value), (*within, value)
    if any(value is outer for outer in within):
        raise Unknown

    def each(values: Iterable[object]) -> Hashable:
        return kind, tuple(made_of(part, of, inner) for part in values)

    if isinstance(value, PRINTED):
        return kind, repr(cast("object", value))
    if isinstance(value, PLAIN):
        return kind, value
    if isinstance(value, of):
        # A tuple of the attributes and of those in slots, where there are any.
        return kind, made_of(object.__getstate__(value), of, inner)
    if is_dataclass(value) and cast("Any", kind).__dataclass_params__.frozen:
        return each(getattr(value, field.name) for field in fields(value))
    if kind in (list, tuple):
        return each(cast("Iterable[object]", value))
    if kind is dict:
        return each(cast("Mapping[object, object]", value).items())
    if kind in (set, frozenset):
        return kind, frozenset(made_of(part, of, inner) for part in cast("Iterable[object]", value))
    if kind is np.ndarray:
        array = cast("np.ndarray[Any, Any]", value)
        if array.dtype.hasobject:  # its bytes are addresses
            return each([array.shape, array.tolist()])
        return each([array.dtype, array.shape, array.tobytes()])
    raise Unknown
