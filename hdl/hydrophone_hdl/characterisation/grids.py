"""Grids of a characterisation: in which sizes each kind of operation is measured."""

from collections.abc import Mapping, Sequence

Sizes = tuple[int, ...]
Grid = Mapping[str, Sequence[Sizes]]
"""Sizes by kind."""
Axes = Mapping[str, tuple[Sizes, ...]]
"""By kind, what each of its sizes may be."""

_CHEAP = (1, 2, 4, 8, 16, 32, 64)
_WIDE = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96)
_FACTORS = (2, 4, 8, 12, 18, 19, 25, 26, 27, 28, 35, 48, 64)
_FINE: Axes = {
    "add": (_WIDE,),
    "compare": (_WIDE,),
    **dict.fromkeys(("logic", "mux", "equal", "any"), (_CHEAP,)),
    "shift": ((4, 16, 32, 64), (1, 2, 3, 4, 5, 6)),
    "leading": ((2, 4, 8, 16, 32, 64),),
    "multiply": (_FACTORS, _FACTORS),
    "lookup": ((2, 3, 4, 5, 6, 7, 8, 9, 10, 12), (1, 8)),
    "choose": ((2, 3, 4, 6, 8, 12, 16, 32, 64), (1, 8)),
    "read": ((16, 32, 64, 128, 256, 512), (1, 8, 32)),
}
_COARSE: Axes = {
    "add": ((2, 8, 16, 32, 64),),
    "compare": ((2, 8, 16, 32, 64),),
    **dict.fromkeys(("logic", "mux", "equal", "any"), ((1, 8, 32),)),
    "shift": ((8, 32), (1, 2, 3, 5)),
    "leading": ((2, 4, 16, 64),),
    "multiply": ((4, 9, 18, 19, 36), (4, 9, 18, 19, 36)),
    "lookup": ((2, 4, 6, 8, 10), (1, 8)),
    "choose": ((2, 4, 8, 16), (1, 16)),
    "read": ((16, 64, 256), (4, 16)),
}
GRIDS: dict[str, Axes] = {"coarse": _COARSE, "fine": _FINE}
"""Sizes to measure, each with each, by the name that a `Characterisation` takes; place-and-route,
which takes its time, does fewer."""
