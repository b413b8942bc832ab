"""Windows hold what was pushed last, whatever was not pushed in between."""

from collections import deque
from collections.abc import Mapping

import numpy as np
import pytest
from tests.hdl.hls.reference import Reference
from tests.hdl.hls.toy import input_number, toy

from hydrophone_hdl.hls.number import Number
from hydrophone_hdl.window import Window
from hydrophone_model.fixed import FLAG, Fixed

SYMBOLS = 4
GIVEN = {
    "symbol": Fixed(integer=2),
    "x": Fixed(signed=True, integer=4, fraction=3),
    "y": Fixed(integer=5),
    "push": FLAG,
}


@pytest.mark.parametrize(("length", "symbols"), [(2, SYMBOLS), (8, SYMBOLS), (4, 1), (4, 3)])
def test_a_window_holds_what_was_pushed_last(length: int, symbols: int, seed: int) -> None:
    def describe(given: Mapping[str, Number]) -> dict[str, Number]:
        window = Window(
            "window",
            given["symbol"],
            given["x"],
            given["y"],
            symbols=symbols,
            length=length,
            push=given["push"],
        )
        (gone_x, gone_y), (old_x, old_y) = window.gone, window.oldest
        assert (gone_x.format, old_y.format) == (GIVEN["x"], GIVEN["y"])
        return {
            "x": gone_x,
            "y": gone_y,
            "same": (gone_x == old_x) & (gone_y == old_y),
            "leaves": window.leaves,
            "count": window.count,
        }

    rng = np.random.default_rng(seed)
    inputs = {name: rng.integers(format.min, format.max + 1, 400) for name, format in GIVEN.items()}
    inputs["symbol"] %= symbols
    outputs = Reference(toy(describe, GIVEN)).process(inputs)
    windows = [deque[tuple[int, int]](maxlen=length) for _ in range(symbols)]
    for event, (symbol, x, y, push) in enumerate(zip(*inputs.values(), strict=True)):
        window = windows[symbol]
        leaves = bool(push) and len(window) == length
        gone = window[0] if leaves else (0, 0)
        if push:
            window.append((x, y))
        found = {name: int(outputs[name][event]) for name in outputs}
        assert (found["x"], found["y"]) == gone
        assert (found["leaves"], found["count"]) == (leaves, len(window))
        assert found["same"] or not leaves


@pytest.mark.parametrize("length", [0, 1, 12])
def test_a_length_that_no_ring_has_is_refused(length: int) -> None:
    symbol, x = (input_number(name, GIVEN[name]) for name in ("symbol", "x"))
    with pytest.raises(ValueError, match=f"window 'w' of {length} values: make it a power of two"):
        Window("w", symbol, x, symbols=SYMBOLS, length=length)
