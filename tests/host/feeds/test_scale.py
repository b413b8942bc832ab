"""Ticks and lots: inferred from the first prints, exact afterwards, never silently rounded."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.host.feeds.tools import HEADER, read, row, write

from hydrophone.feeds import FeedError
from hydrophone.feeds.options import positive_step
from hydrophone.feeds.scale import decimals_in_use, infer_lot, infer_tick
from hydrophone.steps import LIMIT


@given(st.integers(0, 9), st.lists(st.integers(1, LIMIT), min_size=1, max_size=50))
def test_decimals_in_use_are_enough_and_not_more(decimals: int, numbers: list[int]):
    values = np.array([float(Decimal(n).scaleb(-decimals)) for n in numbers])
    found = decimals_in_use(values)
    assert found <= decimals
    exact = [Decimal(n).scaleb(-decimals) for n in numbers]
    assert all(value == value.quantize(Decimal(1).scaleb(-found)) for value in exact)


@given(st.sampled_from(["0.01", "0.25", "0.005", "5", "1", "0.00000001", "12.5"]),
       st.integers(1, LIMIT))  # fmt: skip
def test_a_step_counts_back_to_the_exact_value(text: str, number: int):
    step = positive_step("tick", text)
    exact = Decimal(text) * number
    assert step.value(number) == float(exact)
    assert round(float(exact) * step.per_unit) == number


def test_a_quarter_is_found_where_many_prices_prove_it():
    prices = np.linspace(1600, 1624.75, 100, dtype=np.float64)
    assert infer_tick(prices).exact == Decimal("0.25")
    assert infer_tick(np.repeat(prices[:8], 20)).exact == Decimal("0.01")
    assert infer_tick(np.append(prices, 1600.01)).exact == Decimal("0.01")


def test_few_prices_get_room_for_finer_ones():
    assert infer_tick(np.array([387.5])).exact == Decimal("0.01")
    assert infer_tick(np.array([61800.0])).exact == 1
    assert infer_tick(np.array([0.00141342])).exact <= Decimal("0.00000001")


def test_sizes_keep_room_for_whales():
    sizes = np.tile([0.02, 46.0, 0.00001], 100)
    assert infer_lot(sizes, fractional=True).exact == Decimal("0.00001")
    whole = np.tile([1.0, 1150.0], 100)
    assert infer_lot(whole, fractional=False).exact == 1
    assert infer_lot(np.array([1.0]), fractional=False).exact == 1
    few = infer_lot(np.array([0.02]), fractional=True)
    assert few.exact <= Decimal("0.00001")
    assert 0.02 * few.per_unit * 10**5 <= LIMIT
    assert infer_lot(np.full(100, 1e9), fractional=False).exact == 100


def test_a_value_between_steps_is_rounded_and_counted(tmp_path: Path):
    path = write(tmp_path / "t.csv", HEADER, row(0, price=100.1, size=2.6), row(1), row(2))
    events, tape = read(path, tick={"ABC": "0.25"}, lot={"": "1"})
    assert events["price"].tolist() == [400, 401, 401]
    assert events["size"].tolist() == [3, 3, 3]
    assert dict(tape.report.changed) == {"price_rounded": 1, "size_rounded": 1}
    assert tape.report.examples["price_rounded"] == [f"{path}:2: ABC price 100.1 in steps of 0.25"]


def test_a_size_below_the_lot_counts_as_one_and_a_huge_one_is_clipped(tmp_path: Path):
    path = write(tmp_path / "t.csv", HEADER, row(0, size=0.001), row(1, size=1e12))
    events, tape = read(path, lot={"": "1"})
    assert events["size"].tolist() == [1, LIMIT]
    assert dict(tape.report.changed) == {"size_rounded": 1, "size_clipped": 1}


def test_each_symbol_has_its_own_steps(tmp_path: Path):
    path = write(
        tmp_path / "t.csv",
        HEADER,
        *(row(i, symbol="BTC", price=61800.1 + i, size=0.001 * (i + 1)) for i in range(100)),
        *(row(i, symbol="SHIB", price=0.00001234 + i * 1e-8, size=1000) for i in range(100)),
    )
    events, tape = read(path)
    assert (tape.tick(0), tape.tick(1)) == (Decimal("0.1"), Decimal("0.00000001"))
    assert (tape.lot(0), tape.lot(1)) == (Decimal("0.001"), Decimal(1))
    assert tape.prices(events["symbol"], events["price"])[100] == 0.00001234
    assert any("BTC: tick 0.1, lot 0.001, inferred from its first 100" in n
               for n in tape.report.notes)  # fmt: skip


@pytest.mark.parametrize(
    "text", ["0", "-1", "many", "nan", "inf", "1e-400", "1e400", "0." + "1" * 50]
)
def test_a_step_that_cannot_be_is_refused(text: str):
    with pytest.raises(
        FeedError, match=f"tick '{text}': it must be a positive decimal number such as"
    ):
        positive_step("tick", text)
