"""Every operation as hardware, by both engines, equals its description."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from tests.hdl.hls.reference import Reference
from tests.hdl.hls.test_number import EXACT, ONE, TABLE
from tests.hdl.hls.toy import toy

from hydrophone_hdl.block import StreamBlock
from hydrophone_hdl.hls.flags import any_of, counted, masked, merged
from hydrophone_hdl.hls.number import (
    Number,
    absolute,
    choose,
    join,
    leading_one,
    lookup,
    positive,
    total,
)
from hydrophone_model.fixed import MAX_WIDTH, Fixed, Overflow, Rounding
from hydrophone_model.timing import Timing
from hydrophone_sim.compiled import CompiledBlock, Traffic
from hydrophone_sim.engines import ENGINES
from hydrophone_sim.stimulus import random_inputs

INPUTS = {
    "u": Fixed(integer=9),
    "s": Fixed(signed=True, integer=10),
    "f": Fixed(signed=True, integer=4, fraction=6),
    "g": Fixed(integer=-1, fraction=7),
    "i": Fixed(integer=3),
    "b": Fixed(integer=1),
    "n": Fixed(signed=True, integer=0),
    "w": Fixed(integer=33),
    "z": Fixed(signed=True, integer=28),
}
SETTINGS = {"c": (Fixed(signed=True, integer=6), -37), "d": (Fixed(integer=4), 11)}


def every_operation(given: Mapping[str, Number]) -> dict[str, Number]:
    u, s, f, g, i, b, n, w, z = (given[name] for name in INPUTS)
    c, d = (given[name] for name in SETTINGS)
    results: list[Number] = []
    for describe, _ in EXACT.values():
        results += [describe(x, y) for x, y in ((s, f), (n, u))]
    for name, (describe, _) in ONE.items():
        if not name.startswith("a *") or name in ("a * -13", "a * 119", "a * -341"):
            results.append(describe(f))
    narrow = Fixed(signed=True, integer=3, fraction=2)
    for value in (u, f):
        results += [~value, value.raw, value.all(), join(value, b, value)]
        results += [value << i, value >> i, value << d]
        for rounding, overflow in product(Rounding, Overflow):
            results.append(value.to(replace(narrow, rounding=rounding, overflow=overflow)))
    results += [s.bits(3, 9), s.bit(0), f.cut(2), f.cut(9), w * z, w * w.bits(0, 30), z * z]
    results += [choose(i, [u, s, f, n, g, 7][:ways]) for ways in range(1, 7)]
    results += [choose(i, [*range(ways - 1), s]) for ways in range(2, 9)]
    results += [lookup(TABLE, i), lookup(range(100), u), lookup([5], b)]
    results += [leading_one(x) for x in (u, w, i, b)]
    results += [total([u, s, f, g, i, b, n]), total([c, d, d]), total([c, s, d, d])]
    results += [positive(f), positive(g), absolute(s)]
    results += [
        u.shift_left_truncating(i),
        s.raw.shift_left_truncating(i),
        any_of([b, *(w.bit(n) for n in range(9))]),
        counted([], clear=[b]),
        counted([w.bit(n) for n in range(20)], clear=[b, u.bit(1)], plus=3),
    ]
    results += [masked(f, b), masked(g, u.bit(2))]
    results += [
        merged([b, *(u.bit(n) for n in range(ways))], [s] * (ways + 1)) for ways in (0, 1, 4)
    ]
    results += [merged([u.bit(n) for n in range(5)], [u.bits(n, n + 4) for n in range(5)])]
    return {f"y{place}": value for place, value in enumerate(results)}


def nearly_too_wide(given: Mapping[str, Number]) -> dict[str, Number]:
    """Sums of 63 bits whose parts, in the order in which they are there, would need one more."""
    x, y, a, p = (given[name] for name in WIDE)
    late = (p * p).bits(0, 3)
    later = ((p * p).bits(0, 8) * p).bits(0, 3)
    sums = [[x, a, late, later], [x, y, a], [x, y, x, a, late, later, later], [x, a, y, -a, late]]
    return {f"y{place}": total(terms) for place, terms in enumerate(sums)}


WIDE = {
    "x": Fixed(signed=True, integer=61),
    "y": Fixed(signed=True, integer=58),
    "a": Fixed(integer=3),
    "p": Fixed(integer=8),
}


@pytest.mark.parametrize("timing", [Timing("ecp5", 20), Timing("ecp5", 64), Timing("xc7", 125)])
def test_a_sum_that_fits_is_made_of_parts_of_any_width(timing: Timing, seed: int) -> None:
    def fits(given: Mapping[str, Number]) -> dict[str, Number]:
        x = given["x"] >> 1
        return {
            **nearly_too_wide({**given, "x": x}),
            "whole": total([given["x"], *[given["a"]] * 4]),
        }

    datapath = toy(fits, WIDE, timing=timing)
    assert max(port.format.width for port in datapath.params.outputs.values()) == MAX_WIDTH
    inputs = random_inputs(datapath.params.inputs, 500, seed)
    actual = CompiledBlock(StreamBlock(datapath), say=lambda _: None).run(inputs).outputs
    for name, column in Reference(datapath).process(inputs).items():
        np.testing.assert_array_equal(actual[name], column, err_msg=name)


@pytest.mark.parametrize(
    ("engine", "timing"),
    [("cxxrtl", Timing("ecp5", 30)), ("verilated", Timing("xc7", 100))],
)
def test_hardware_of_every_operation(engine: str, timing: Timing, seed: int) -> None:
    assert engine in ENGINES
    datapath = toy(every_operation, INPUTS, settings=SETTINGS, timing=timing)
    inputs = random_inputs(datapath.params.inputs, 3000, seed)
    compiled = CompiledBlock(StreamBlock(datapath), engine=engine, say=lambda _: None)
    actual = compiled.run(inputs, traffic=Traffic(gap=0.2, stall=0.2, seed=seed)).outputs
    expected = Reference(datapath).process(inputs)
    for name, column in expected.items():
        np.testing.assert_array_equal(actual[name], column, err_msg=name)
