"""Sliding sums are exact, however long the stream runs and however it is cut."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.window import SlidingWindow


def test_sums_equal_recomputed_sums_after_a_million_values(seed: int):
    rng = np.random.default_rng(seed)
    length, window = 64, SlidingWindow(symbols=1, length=64, columns=2)
    values = rng.integers(-(2**31), 2**31, (1_000_000, 2))
    position, sums = 0, np.zeros((0, 2), np.int64)
    while position < len(values):
        batch = values[position : position + int(rng.integers(1, 50_000))]
        history, filled = window.extend(0, batch)
        sums = window.sums(history)
        position += len(batch)
        # Recomputed from nothing, in Python's own integers.
        for back in {1, min(len(batch), length), len(batch)}:
            end = position - back + 1
            part = values[max(0, end - length) : end].tolist()
            assert sums[-back].tolist() == [sum(column) for column in zip(*part, strict=True)]
            assert filled[-back] == len(part)
    assert window.filled(0) == length


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(-99, 99)), max_size=60),
    st.sampled_from([1, 2, 8]),
)
def test_each_symbol_has_a_window_of_its_own(events: list[tuple[int, int]], length: int):
    window = SlidingWindow(symbols=3, length=length, columns=1)
    seen: dict[int, list[int]] = {0: [], 1: [], 2: []}
    for symbol, value in events:
        seen[symbol].append(value)
        history, filled = window.extend(symbol, np.array([[value]]))
        last = seen[symbol][-length:]
        assert window.sums(history)[:, 0].tolist() == [sum(last)]
        assert filled.tolist() == [len(last)]
    for symbol, values in seen.items():
        assert window.filled(symbol) == min(len(values), length)
