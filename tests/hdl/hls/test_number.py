"""Operators on numbers mean what they mean on Python's integers and fractions."""

import operator
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import floor
from typing import Any

import numpy as np
import pytest
from tests.hdl.hls.reference import Reference, wrapped
from tests.hdl.hls.toy import input_number, toy

from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import (
    Number,
    absolute,
    choose,
    constant,
    constant_of,
    join,
    largest,
    leading_one,
    lookup,
    number,
    positive,
    select,
    smallest,
    total,
)
from hydrophone_model.fixed import FLAG, Fixed, FormatError, Overflow, Rounding

FORMATS = [
    Fixed(integer=1),
    Fixed(integer=3),
    Fixed(integer=1, fraction=2),
    Fixed(integer=3, fraction=-1),
    Fixed(signed=True, integer=0),
    Fixed(signed=True, integer=2),
    Fixed(signed=True, integer=1, fraction=1),
    Fixed(signed=True, integer=-1, fraction=3),
]
PAIRS = list(product(FORMATS, FORMATS))
TABLE = (3, -1, 4, 1, -5)


def real(raw: int, format: Fixed) -> Fraction:
    return Fraction(raw) / Fraction(2) ** format.fraction


def everything(
    formats: list[Fixed], describe: Callable[..., Number]
) -> tuple[Fixed, list[tuple[tuple[Fraction, ...], Fraction]]]:
    """Format of a result, and every combination of operands with it."""
    names = [f"x{place}" for place in range(len(formats))]
    datapath = toy(
        lambda given: {"y": describe(*(given[name] for name in names))},
        dict(zip(names, formats, strict=True)),
    )
    raws = list(product(*(range(f.min, f.max + 1) for f in formats)))
    columns = {name: np.array([row[k] for row in raws]) for k, name in enumerate(names)}
    results = Reference(datapath).process(columns)["y"].tolist()
    format = datapath.params.outputs["y"].format
    operands = [tuple(real(x, f) for x, f in zip(row, formats, strict=True)) for row in raws]
    return format, [(row, real(y, format)) for row, y in zip(operands, results, strict=True)]


def narrowest(format: Fixed, values: list[Fraction]) -> bool:
    raws = [int(value * Fraction(2) ** format.fraction) for value in values]
    return format == Fixed.spanning(min(raws), max(raws), fraction=format.fraction)


def bitwise(operation: Callable[[int, int], int]) -> Callable[[Fraction, Fraction], Fraction]:
    """On two's complement with far more fraction bits than any operand."""
    return lambda a, b: Fraction(operation(int(a * 1024), int(b * 1024)), 1024)


EXACT = {
    "a + b": (lambda a, b: a + b, lambda a, b: a + b),
    "a & b": (lambda a, b: a & b, bitwise(lambda a, b: a & b)),
    "a | b": (lambda a, b: a | b, bitwise(lambda a, b: a | b)),
    "a ^ b": (lambda a, b: a ^ b, bitwise(lambda a, b: a ^ b)),
    "a < b": (lambda a, b: a < b, lambda a, b: a < b),
    "a <= b": (lambda a, b: a <= b, lambda a, b: a <= b),
    "a > b": (lambda a, b: a > b, lambda a, b: a > b),
    "a >= b": (lambda a, b: a >= b, lambda a, b: a >= b),
    "a == b": (lambda a, b: a == b, lambda a, b: a == b),
    "a != b": (lambda a, b: a != b, lambda a, b: a != b),
    "a - b": (lambda a, b: a - b, lambda a, b: a - b),
    "a * b": (lambda a, b: a * b, lambda a, b: a * b),
    "select": (lambda a, b: select(a < b, a, b), min),
    "largest": (lambda a, b: largest([a, b]), max),
    "smallest": (lambda a, b: smallest([a, b]), min),
    "total": (lambda a, b: total([a, b, a, number(-3)]), lambda a, b: a + b + a - 3),
}


@pytest.mark.parametrize("name", EXACT)
def test_two_operands(name: str) -> None:
    describe, truth = EXACT[name]
    for a, b in PAIRS:
        _, rows = everything([a, b], describe)
        for row, result in rows:
            assert result == truth(*row), f"{name} of {a} and {b}: {row}"


@pytest.mark.parametrize("name", ["a + b", "a - b", "a & b", "a | b", "a ^ b", "select"])
def test_results_are_as_wide_as_operands_can_make_them(name: str) -> None:
    for a, b in PAIRS:
        format, rows = everything([a, b], EXACT[name][0])
        assert format.fraction == max(a.fraction, b.fraction)
        if name == "a + b":
            assert narrowest(format, [result for _, result in rows]), f"{a} + {b}: {format}"
        elif name == "a - b":
            lowest = [Fraction(-1) / Fraction(2) ** format.fraction]
            assert narrowest(format, lowest + [result for _, result in rows])
        else:
            assert format == a.union(b)
        product_format, _ = everything([a, b], EXACT["a * b"][0])
        assert product_format == a.product(b)


ONE = {
    "-a": (lambda a: -a, lambda a: -a),
    "a + 5": (lambda a: a + 5, lambda a: a + 5),
    "5 + a": (lambda a: 5 + a, lambda a: a + 5),
    "a - 5": (lambda a: a - 5, lambda a: a - 5),
    "-5 - a": (lambda a: -5 - a, lambda a: -5 - a),
    "a < 1": (lambda a: a < 1, lambda a: a < 1),
    "-2 >= a": (lambda a: -2 >= a, lambda a: a <= -2),  # noqa: SIM300 - the reflected operator
    "a == 1": (lambda a: a == 1, lambda a: a == 1),
    "a == 0": (lambda a: a == 0, lambda a: a == 0),
    "a != 0": (lambda a: a != 0, lambda a: a != 0),
    "negative": (lambda a: a.negative, lambda a: a < 0),
    "any": (lambda a: a.any(), lambda a: a != 0),
    "any + 1": (lambda a: a.any() + 1, lambda a: (a != 0) + 1),
    "a << 3": (lambda a: a << 3, lambda a: 8 * a),
    **{
        f"a * {factor}": (
            lambda a, factor=factor: a * factor,
            lambda a, factor=factor: a * factor,
        )
        for factor in (*range(-17, 18), 119, -341)
    },
}


@pytest.mark.parametrize("format", FORMATS, ids=str)
def test_one_operand(format: Fixed) -> None:
    for name, (describe, truth) in ONE.items():
        result, rows = everything([format], describe)
        for (a,), value in rows:
            assert value == truth(a), f"{name} of {a} ({format} -> {result})"


@pytest.mark.parametrize("format", FORMATS, ids=str)
def test_bits(format: Fixed) -> None:
    width = format.width
    mask = (1 << width) - 1
    cases: dict[str, tuple[Callable[[Number], Number], Callable[[int], int]]] = {
        "~a": (lambda a: (~a).bits(0, width), lambda raw: ~raw & mask),
        "all": (lambda a: a.all(), lambda raw: raw & mask == mask),
        "raw": (lambda a: a.raw, lambda raw: raw),
        "join of one": (lambda a: join(a), lambda raw: raw & mask),
        "join of three": (
            lambda a: join(a, number(1), a),
            lambda raw: raw & mask | 1 << width | (raw & mask) << (width + 1),
        ),
    }
    for first in range(width):
        for end in range(first + 1, width + 1):
            cases[f"bits {first} {end}"] = (
                lambda a, first=first, end=end: a.bits(first, end),
                lambda raw, first=first, end=end: (raw & mask) >> first & ((1 << end - first) - 1),
            )
    for name, (describe, truth) in cases.items():
        result, rows = everything([format], describe)
        assert result.fraction == 0
        assert result.signed == (name == "raw" and format.signed)
        for (a,), value in rows:
            assert value == truth(int(a * Fraction(2) ** format.fraction)), f"{name} of {a}"


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", Overflow)
def test_to_another_format(rounding: Rounding, overflow: Overflow) -> None:
    for source, target in PAIRS:
        target = replace(target, rounding=rounding, overflow=overflow)
        format, rows = everything([source], lambda a, target=target: a.to(target))
        assert (format.signed, format.integer) == (target.signed, target.integer)
        for (a,), value in rows:
            half = Fraction(int(rounding is Rounding.HALF_UP), 2)
            raw = floor(a * Fraction(2) ** target.fraction + half)
            if overflow is Overflow.WRAP:
                raw = wrapped(raw, target)
            expected = real(min(max(raw, target.min), target.max), target)
            assert value == expected, f"{a} of {source} to {target}"


@pytest.mark.parametrize("amount", [Fixed(integer=1), Fixed(integer=2), Fixed(integer=3)], ids=str)
def test_shifts(amount: Fixed) -> None:
    for a in FORMATS:
        _, rows = everything([a, amount], lambda a, n: a << n)
        assert all(result == x * 2 ** int(n) for (x, n), result in rows)
        for describe in (lambda a, n: a >> n, lambda a, n: a.cut(a.format.fraction) >> n):
            _, rows = everything([a, amount], describe)
            for (x, n), result in rows:
                raw = int(x * Fraction(2) ** a.fraction) >> int(n)
                assert result == real(raw, a)
        for places in range(1, a.width - int(a.signed)):
            _, rows = everything([a], lambda a, places=places: a >> places)
            for (x,), result in rows:
                assert result == real(int(x * Fraction(2) ** a.fraction) >> places, a)


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_choosing(width: int) -> None:
    index = Fixed(integer=width)
    for ways in range(1, 2**width + 1):
        values = [constant(3 * k - 4, Fixed(signed=True, integer=8)) for k in range(ways)]
        for choice in (
            lambda i, values=values: choose(i, values),
            lambda i, ways=ways: lookup([3 * k - 4 for k in range(ways)], i),
        ):
            _, rows = everything([index], choice)
            assert [y for _, y in rows] == [3 * min(k, ways - 1) - 4 for k in range(index.max + 1)]
    _, rows = everything([index], leading_one)
    assert [y for _, y in rows] == [max(k.bit_length() - 1, 0) for k in range(index.max + 1)]


@pytest.mark.parametrize("format", [f for f in FORMATS if f.width > int(f.signed)], ids=str)
def test_without_sign(format: Fixed) -> None:
    result, rows = everything([format], positive)
    assert not result.signed
    assert all(y == max(x, 0) for (x,), y in rows)
    result, rows = everything([format], absolute)
    assert not result.signed
    assert all(y == abs(x) for (x,), y in rows)


def test_totals_of_many() -> None:
    assert constant_of(total([])) == 0
    for a, b in PAIRS:
        format, rows = everything([a, b], lambda a, b: total([a, b, b, a, b]))
        assert narrowest(format, [y for _, y in rows])
        assert all(y == 2 * p + 3 * q for (p, q), y in rows)


# -- integers of NumPy ----------------------------------------------------------------------------

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<<": operator.lshift,
    ">>": operator.rshift,
}
SCALARS = [np.dtype(code).type for code in "?bBhHiIlLqQ"]


@pytest.mark.parametrize("sign", OPERATORS)
def test_integers_of_numpy_are_integers(sign: str) -> None:
    operation = OPERATORS[sign]
    for scalar in SCALARS:
        value = scalar(1) if scalar is np.bool_ else scalar(2)
        _, rows = everything([U4], lambda a, value=value: operation(a, value))
        assert all(result == operation(int(x), int(value)) for (x,), result in rows)
        _, rows = everything([U4], lambda a, value=value: operation(value, a))
        assert all(result == operation(int(value), int(x)) for (x,), result in rows)


def test_integers_of_numpy_are_taken_everywhere() -> None:
    for scalar in SCALARS[1:]:
        one, two, four = scalar(1), scalar(2), scalar(4)

        def describe(a: Number, one=one, two=two, four=four) -> Number:
            parts = [
                a.bits(one, four),
                a.bit(two),
                a.cut(two),
                choose(a, [one, two, four]),
                lookup(np.array([4, 2, 1], type(one)), a),
                select(a.bit(0), one, two),
                total([a, one, two, four]),
                largest([a, two]),
                constant(two, Fixed(integer=four, fraction=one)),
                a.shift_left_truncating(one),
            ]
            return total([part.read_as(Fixed(integer=part.width)) for part in parts])

        _, rows = everything([U4], describe)
        assert [int(y) for _, y in rows] == EVERYWHERE


def everywhere(x: int) -> int:
    pick = min(x, 2)
    parts = [x >> 1, x >> 2 & 1, 4 * x, (1, 2, 4)[pick], (4, 2, 1)[pick], 1 if x & 1 else 2]
    return sum(parts) + x + 7 + max(x, 2) + 2 + (2 * x & 15)


EVERYWHERE = [everywhere(x) for x in range(16)]


# -- formats at the limit -------------------------------------------------------------------------

NARROW = [
    Fixed(signed=signed, integer=integer, fraction=fraction)
    for signed in (False, True)
    for integer, fraction in ((4, 0), (1, 2), (3, -1), (-2, 6), (62, 0), (40, 20))
]
WIDE = [
    Fixed(integer=60, fraction=3),
    Fixed(integer=62, fraction=1),
    Fixed(integer=0, fraction=63),
    Fixed(integer=-60, fraction=70),
    Fixed(signed=True, integer=62),
    Fixed(signed=True, integer=2, fraction=60),
    Fixed(signed=True, integer=-1, fraction=63),
    Fixed(signed=True, integer=-70, fraction=80),
]


@pytest.mark.parametrize("source", [*NARROW[:4], *WIDE], ids=str)
def test_a_conversion_is_the_model_s(source: Fixed, seed: int) -> None:
    """Also where no bit is left, and where there is no room to add one half."""
    rng = np.random.default_rng(seed)
    ends = [source.min, source.min + 1, -1, 0, 1, source.max - 1, source.max]
    raws = [raw for raw in ends if source.min <= raw <= source.max]
    raws += rng.integers(source.min, source.max, 40, endpoint=True).tolist()
    for target, rounding, overflow in product(NARROW, Rounding, Overflow):
        target = replace(target, rounding=rounding, overflow=overflow)
        try:
            expected = target.convert(raws, source)
        except FormatError:
            with pytest.raises(FormatError):
                toy(lambda given, target=target: {"y": given["x"].to(target)}, {"x": source})
            continue
        datapath = toy(lambda given, target=target: {"y": given["x"].to(target)}, {"x": source})
        actual = Reference(datapath).process({"x": np.array(raws)})["y"]
        np.testing.assert_array_equal(actual, expected, err_msg=f"{source} to {target}")


def test_what_fits_is_not_refused_for_its_parts() -> None:
    widest = Fixed(signed=True, integer=62)
    describes: list[tuple[Fixed, Callable[[Number], Number], Callable[[int], int]]] = [
        (Fixed(integer=60), lambda a: a * 7, lambda a: 7 * a),
        (Fixed(signed=True, integer=59), lambda a: a * -7, lambda a: -7 * a),
        (widest, absolute, abs),
        (replace(widest, integer=60, fraction=2), lambda a: absolute(a).raw, abs),
        (Fixed(integer=5), lambda a: lookup([3, 1, 4], join(*[a] * 8)), lambda a: 4 if a else 3),
        (Fixed(integer=5), lambda a: a >> join(*[a] * 8), lambda a: 0),
        (
            Fixed(integer=5),
            lambda a: a.shift_left_truncating(join(a, *[constant(0, U4)] * 8)),
            lambda a: a << a & 31,
        ),
        (Fixed(signed=True, integer=5), lambda a: a >> join(*[a] * 8), lambda a: -int(a < 0)),
    ]
    for source, describe, truth in describes:
        ends = (source.min, source.min + 1, -1, 0, 1, 3, source.max)
        raws = [raw for raw in ends if source.min <= raw <= source.max]
        datapath = toy(lambda given, describe=describe: {"y": describe(given["x"])}, {"x": source})
        actual = Reference(datapath).process({"x": np.array(raws)})["y"]
        assert actual.tolist() == [truth(raw) for raw in raws]


# -- what is refused ------------------------------------------------------------------------------


def given(format: Fixed) -> Number:
    return input_number("x", format)


U4, S4 = Fixed(integer=4), Fixed(signed=True, integer=4)
REFUSED: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "a truth value": (
        lambda: bool(given(U4) < 3),
        TypeError,
        r"no truth value .*\(test_number.py:\d+ .*\): choose with select\(\)",
    ),
    "a wide condition": (
        lambda: select(given(U4), 1, 0),
        FormatError,
        r"a condition has one bit, not u4.0: use any\(\) or compare",
    ),
    "bits beyond": (lambda: given(U4).bits(2, 5), FormatError, r"u4.0 has no bits 2 … 4"),
    "no bits": (lambda: given(U4).bits(2, 2), FormatError, r"u4.0 has no bits 2 … 1"),
    "another width": (
        lambda: given(U4).read_as(S4),
        FormatError,
        r"u4.0 cannot be read as s4.0: the widths differ",
    ),
    "another fraction": (
        lambda: given(U4).wrap(Fixed(integer=4, fraction=1)),
        FormatError,
        r"u4.0 has not the fraction bits of u4.1: cut\(\) it first",
    ),
    "a constant out of range": (
        lambda: constant(16, U4),
        FormatError,
        r"constant\[0\] = 16 does not fit u4.0",
    ),
    "shifted away": (
        lambda: given(U4) >> 4,
        FormatError,
        r"shifting u4.0 right by 4 leaves nothing of it",
    ),
    "too wide": (
        lambda: given(Fixed(integer=40)) * given(Fixed(integer=24)),
        FormatError,
        r"u64.0 is 64 bits wide, outside 1 … 63",
    ),
    "a signed shift": (
        lambda: given(U4) << given(S4),
        FormatError,
        r"an amount is an unsigned integer, not s4.0",
    ),
    "a signed right shift": (
        lambda: given(U4) >> given(S4),
        FormatError,
        r"an amount is an unsigned integer, not s4.0",
    ),
    "a signed index": (
        lambda: choose(given(S4), [1, 2]),
        FormatError,
        r"an index is an unsigned integer, not s4.0",
    ),
    "a fractional index": (
        lambda: lookup(TABLE, given(Fixed(integer=1, fraction=2))),
        FormatError,
        r"an index is an unsigned integer, not u1.2",
    ),
    "a signed address": (
        lambda: State("s", address=given(S4), depth=4, members=[(U4, 0)]),
        FormatError,
        r"an address is an unsigned integer, not s4.0",
    ),
    "a leading one of what may be negative": (
        lambda: leading_one(given(S4)),
        FormatError,
        r"leading_one takes what is never negative, not s4.0",
    ),
    "a float": (lambda: given(U4) + 0.5, TypeError, r"'float' object cannot be .* integer"),  # pyright: ignore[reportOperatorIssue] - refused
    "a float factor": (lambda: given(U4) * 0.5, TypeError, r"'float' object cannot be .* integer"),  # pyright: ignore[reportOperatorIssue] - refused
    "a comparison with text": (
        lambda: given(U4) == "x",
        TypeError,
        r"'x' is neither a number nor an integer",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str) -> None:
    describe, kind, text = REFUSED[what]
    with pytest.raises(kind, match=text):
        describe()


def test_flags_have_one_bit() -> None:
    a = given(Fixed(signed=True, integer=0))
    for flag in (a.any(), a < 3, a == 1, a == 0, a.all(), a.negative):
        assert (flag.format.signed, flag.format.width) == (FLAG.signed, 1)
