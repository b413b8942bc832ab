"""Parent reconstruction against a vectorised grouping, and its edges one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hydrophone_model.fixed import Raw
from hydrophone_model.formats import SIZE, TIME
from hydrophone_model.whale.parent import ParentModel, ParentParams

GAP = 1000
PARAMS = ParentParams(symbols=4, gap_ns=GAP)


def parents(**columns: list[int] | Raw) -> dict[str, Raw]:
    """Outputs of one symbol's prints; columns left out are constant."""
    count = len(next(iter(columns.values())))
    usual = {"symbol": 0, "time_ns": 0, "price": 100, "size": 1, "side": 0}
    inputs = {name: np.full(count, value, np.int64) for name, value in usual.items()}
    inputs |= {name: np.array(values, np.int64) for name, values in columns.items()}
    return ParentModel(PARAMS).process(**inputs)


PRINTS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, GAP - 1, GAP, GAP + 1, -1, -5000]),
        st.integers(1, 99),
        st.sampled_from([1, 7, 2**31, 2**32 - 1]),
        st.integers(0, 1),
    ),
    min_size=1,
    max_size=60,
)


@given(PRINTS)
def test_it_is_a_running_sum_within_groups(prints: list[tuple[int, int, int, int]]):
    steps, price, size, side = np.array(prints).T
    time = 10**6 + np.cumsum(steps)
    got = parents(time_ns=time, price=price, size=size, side=side)
    elapsed = np.diff(time)
    breaks = np.r_[True, (side[1:] != side[:-1]) | (elapsed > GAP)]
    total = np.cumsum(size)
    group = np.cumsum(breaks) - 1
    before = (total - size)[breaks][group]
    assert np.array_equal(got["parent_size"], np.minimum(total - before, SIZE.max))
    assert np.array_equal(got["joined"], ~breaks)
    assert np.array_equal(got["closed"], np.r_[False, breaks[1:]])
    assert np.array_equal(got["late"], np.r_[False, elapsed < 0])
    change = np.diff(price, prepend=price[0])
    bits = [int(abs(ticks)).bit_length() for ticks in change]
    assert np.array_equal(got["move"], np.sign(change) * bits)


def test_the_first_print_begins_a_parent_and_closes_none():
    got = parents(size=[9])
    assert {name: int(values[0]) for name, values in got.items()} == {
        "parent_size": 9, "joined": 0, "closed": 0, "late": 0, "move": 0,
    }  # fmt: skip


def test_the_gap_belongs_to_the_parent():
    assert parents(time_ns=[0, GAP, 2 * GAP, 3 * GAP + 1])["joined"].tolist() == [0, 1, 1, 0]


def test_a_late_print_counts_as_no_time_apart_and_sets_the_clock_back():
    got = parents(time_ns=[TIME.max, 0, GAP, GAP + 1])
    assert got["late"].tolist() == [0, 1, 0, 0]
    assert got["joined"].tolist() == [0, 1, 1, 1]


def test_a_parent_saturates():
    sizes = parents(size=[SIZE.max, 1, 5])["parent_size"]
    assert sizes.tolist() == [SIZE.max] * 3
