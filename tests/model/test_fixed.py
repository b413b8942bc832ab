"""Fixed-point formats: ranges, rounding, overflow, growth, and what they refuse."""

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hydrophone_model.fixed import FLAG, MAX_WIDTH, Fixed, FormatError, Overflow, Rounding


@st.composite
def formats(draw: st.DrawFn, *, widest: int = MAX_WIDTH) -> Fixed:
    signed = draw(st.booleans())
    width = draw(st.integers(1 + signed, widest))
    fraction = draw(st.integers(-8, width + 8))
    return Fixed(
        signed=signed,
        integer=width - int(signed) - fraction,
        fraction=fraction,
        rounding=draw(st.sampled_from(Rounding)),
        overflow=draw(st.sampled_from(Overflow)),
    )


def raws(shape: Fixed) -> st.SearchStrategy[int]:
    return st.integers(shape.min, shape.max)


INTEGERS = [np.dtype(code).type for code in "bBhHiIlLqQ"]
OTHERS = [np.complex64(1), None, "1", np.str_("1"), np.bytes_(b"1"), np.datetime64(1, "s")]
INT64 = st.integers(-(2**62), 2**62 - 1)


def expected(value: Fraction, target: Fixed) -> int:
    """Raw integer of a value by the definition of rounding and overflow."""
    scaled = value * Fraction(2) ** target.fraction
    if target.rounding is Rounding.HALF_UP:
        scaled += Fraction(1, 2)
    raw = floor(scaled)
    if target.overflow is Overflow.SATURATE:
        return min(max(raw, target.min), target.max)
    return (raw - target.min) % (1 << target.width) + target.min


@given(formats())
def test_a_format_spans_two_to_its_width(shape: Fixed):
    assert shape.max - shape.min + 1 == 1 << shape.width
    assert shape.min == (-shape.max - 1 if shape.signed else 0)
    assert shape.resolution == 2.0**-shape.fraction


@given(formats(), INT64)
def test_wrap_keeps_the_low_bits(shape: Fixed, raw: int):
    wrapped = int(shape.wrap(raw))
    shape.checked(wrapped)
    assert (wrapped - raw) % (1 << shape.width) == 0


@given(formats(), INT64)
def test_saturate_gives_the_nearest_value_in_range(shape: Fixed, raw: int):
    assert int(shape.saturate(raw)) == sorted([shape.min, raw, shape.max])[1]


@given(formats(), st.data())
def test_values_in_range_pass_unchanged(shape: Fixed, data: st.DataObject):
    raw = data.draw(raws(shape))
    for same in (shape.wrap(raw), shape.saturate(raw), shape.fit(raw), shape.checked(raw)):
        assert int(same) == raw
    assert int(shape.convert(raw, shape)) == raw


@given(formats(), st.floats(-(2.0**40), 2.0**40) | st.floats(-1, 1))
@example(Fixed(integer=1, rounding=Rounding.HALF_UP), np.nextafter(0.5, 0))
@example(Fixed(integer=60, rounding=Rounding.HALF_UP), 2.0**52 + 1)
def test_quantise_rounds_and_overflows_as_defined(shape: Fixed, real: float):
    assume(abs(Fraction(real) * Fraction(2) ** shape.fraction) < 2**63)
    assert int(shape.quantise(real)) == expected(Fraction(real), shape)


@given(formats(widest=50), st.data())
def test_quantise_inverts_to_real(shape: Fixed, data: st.DataObject):
    raw = data.draw(raws(shape))
    assert int(shape.quantise(shape.to_real(raw))) == raw


@given(formats())
def test_quantise_saturates_values_far_outside(shape: Fixed):
    saturating = replace(shape, overflow=Overflow.SATURATE)
    assert int(saturating.quantise(1e300)) == shape.max
    assert int(saturating.quantise(-1e300)) == shape.min
    # So large a number is a multiple of every span.
    assert int(replace(shape, overflow=Overflow.WRAP).quantise(1e300)) == 0


@given(formats(), formats(), st.data())
def test_convert_rounds_and_overflows_as_defined(source: Fixed, target: Fixed, data: st.DataObject):
    down = source.fraction - target.fraction
    assume(source.width - down <= MAX_WIDTH)
    raw = data.draw(raws(source) | st.sampled_from([source.min, source.max]))
    value = Fraction(raw) / Fraction(2) ** source.fraction
    assert int(target.convert(raw, source)) == expected(value, target)


@given(formats(widest=20), st.integers(1, 1000))
def test_a_sum_fits_its_format_and_no_narrower_one(shape: Fixed, terms: int):
    total = shape.sum_of(terms)
    total.checked([shape.min * terms, shape.max * terms])
    assert total.fraction == shape.fraction
    needed = max(ceil(np.log2(terms)), 0)
    assert total.width == shape.width + needed


@given(formats(widest=20), formats(widest=20))
def test_a_product_fits_its_format(a: Fixed, b: Fixed):
    product = a.product(b)
    corners = [x * y for x in (a.min, a.max) for y in (b.min, b.max)]
    product.checked(corners)
    assert product.fraction == a.fraction + b.fraction


SMALL = [
    Fixed(signed=signed, integer=width - int(signed) - fraction, fraction=fraction)
    for signed in (False, True)
    for width in range(1, 5)
    for fraction in (-1, 0, 2, 3)
]


def values(shape: Fixed) -> set[Fraction]:
    """All that a format can hold."""
    return {raw / Fraction(2) ** shape.fraction for raw in range(shape.min, shape.max + 1)}


def holds(shape: Fixed, wanted: set[Fraction]) -> bool:
    raws = {value * Fraction(2) ** shape.fraction for value in wanted}
    return all(raw.denominator == 1 and shape.min <= raw <= shape.max for raw in raws)


def is_narrowest(shape: Fixed, wanted: set[Fraction], *, signed: bool) -> bool:
    """Whether a format, of the sign it must have, holds the values and no narrower one does."""
    if shape.signed != signed or not holds(shape, wanted):
        return False
    if shape.width == 1:
        return True
    integer, fraction = shape.integer, shape.fraction
    short = Fixed(signed=signed, integer=integer - 1, fraction=fraction)
    coarse = Fixed(signed=signed, integer=integer, fraction=fraction - 1)
    return not holds(short, wanted) and not holds(coarse, wanted)


@pytest.mark.parametrize("a", SMALL, ids=str)
def test_mixed_formats_are_the_narrowest(a: Fixed):
    for b in SMALL:
        pairs = [(x, y) for x in values(a) for y in values(b)]
        either = a.signed or b.signed
        assert is_narrowest(a.plus(b), {x + y for x, y in pairs}, signed=either), f"{a} + {b}"
        assert is_narrowest(a.minus(b), {x - y for x, y in pairs}, signed=True), f"{a} - {b}"
        assert is_narrowest(a.union(b), values(a) | values(b), signed=either), f"{a} | {b}"
        assert a.plus(b) == b.plus(a)
        assert a.union(b) == b.union(a)


@pytest.mark.parametrize("places", range(-5, 6))
def test_a_shifted_format_is_the_narrowest(places: int):
    for shape in SMALL:
        shifted = shape.shifted(places)
        raws = [
            raw << places if places >= 0 else raw >> -places
            for raw in range(shape.min, shape.max + 1)
        ]
        shifted.checked(raws)
        assert (shifted.signed, shifted.fraction) == (shape.signed, shape.fraction)
        assert shifted.width == max(shape.width + places, 1)


@given(formats(widest=30), formats(widest=30))
def test_mixed_formats_of_one_fraction_grow_as_textbooks_say(a: Fixed, b: Fixed):
    b = Fixed(signed=b.signed, integer=b.width - int(b.signed) - a.fraction, fraction=a.fraction)
    assume(a.width > a.signed and b.width > b.signed)
    assert a.plus(b).integer == max(a.integer, b.integer) + 1
    assert a.plus(a) == replace(a.sum_of(2), rounding=Rounding.FLOOR)
    assert a.union(b).integer == max(a.integer, b.integer)
    assert a.plus(b).overflow is Overflow.SATURATE


@given(INT64, INT64)
def test_spanning_is_the_narrowest_integer_format(a: int, b: int):
    low, high = min(a, b), max(a, b)
    shape = Fixed.spanning(low, high)
    shape.checked([low, high])
    assert shape.signed == (low < 0)
    if shape.width > 1 + shape.signed:
        narrower = Fixed(signed=shape.signed, integer=shape.integer - 1)
        with pytest.raises(FormatError):
            narrower.checked([low, high])


@pytest.mark.parametrize("overflow", Overflow)
def test_half_up_of_the_largest_raw_integer_is_exact(overflow: Overflow):
    source = Fixed(integer=62, fraction=1)
    target = Fixed(integer=62, rounding=Rounding.HALF_UP, overflow=overflow)
    assert target.convert([source.max, source.max - 1], source).tolist() == (
        [target.max, target.max] if overflow is Overflow.SATURATE else [0, target.max]
    )


@pytest.mark.parametrize("kind", INTEGERS)
def test_integers_of_numpy_are_integers(kind: type[np.integer]):
    shape = Fixed(integer=kind(3), fraction=kind(1))  # pyright: ignore[reportArgumentType] - taken
    assert shape == Fixed(integer=3, fraction=1)
    assert type(shape.width) is int
    assert Fixed.spanning(kind(1), kind(5)) == Fixed(integer=3)  # pyright: ignore[reportArgumentType] - taken
    for of in (shape.checked, shape.saturate, shape.wrap, shape.fit):
        assert int(of(kind(5))) == 5
        assert of(np.array([5], kind)).dtype == np.int64


@pytest.mark.parametrize("real", [1.0, 0.5, np.float16(1), np.float32(1), np.longdouble(1)])
def test_a_real_value_is_no_number_of_bits(real: Any):
    with pytest.raises(FormatError, match=r"integer = .*: give an integer"):
        Fixed(integer=real)


@pytest.mark.parametrize("other", OTHERS, ids=repr)
def test_what_is_no_number_is_no_raw_integer(other: Any):
    with pytest.raises(FormatError, match=r"integer = .*: give an integer"):
        Fixed(integer=other)
    for of in (FLAG.checked, FLAG.saturate, FLAG.wrap):
        with pytest.raises(FormatError, match="is no raw integer: quantise"):
            of([other])


def test_formats_compare_hash_and_print_by_value():
    assert Fixed(integer=5, fraction=10) == Fixed(integer=5, fraction=10)
    assert len({Fixed(integer=1), FLAG}) == 1
    assert str(Fixed(signed=True, integer=1, fraction=8)) == "s1.8"
    assert str(Fixed(integer=5, fraction=-2)) == "u5.-2"
    assert Fixed(integer=5, fraction=10).one == 1024


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (
            lambda: Fixed(signed=True, integer=60, fraction=3),
            "s60.3 is 64 bits wide, outside 1 … 63: narrow its operands or drop fraction bits",
        ),
        (lambda: Fixed(integer=True), "integer = True of a number format: give an integer"),
        (lambda: Fixed(integer=3).shifted(2**40), "u3.0 shifted left by 1099511627776 is wider"),
        (lambda: Fixed.spanning(3, -3), "no value is from 3 to -3: give the lower bound first"),
        (lambda: Fixed(integer=0), "u0.0 is 0 bits wide, outside 1 … 63"),
        (lambda: Fixed(integer=40).product(Fixed(integer=40)), "u80.0 is 80 bits wide"),
        (lambda: Fixed(integer=40).plus(Fixed(integer=1, fraction=30)), "u41.30 is 71 bits wide"),
        (lambda: Fixed(integer=60).shifted(5), "u65.0 is 65 bits wide"),
        (lambda: Fixed(integer=62).sum_of(3), "u64.0 is 64 bits wide"),
        (lambda: Fixed(integer=4).sum_of(0), "a sum needs at least one term, got 0"),
        (
            lambda: Fixed(integer=4).checked([3, 16, 99], "size"),
            r"size\[1\] = 16 does not fit u4.0 \(raw 0 … 15\): scale it down or widen",
        ),
        (
            lambda: Fixed(signed=True, integer=3).checked(-9),
            r"value\[0\] = -9 does not fit s3.0 \(raw -8 … 7\)",
        ),
        (
            lambda: Fixed(integer=4).quantise([1.0, np.nan]),
            "cannot quantise a value that is not finite to u4.0",
        ),
        (lambda: Fixed(integer=4).quantise(np.inf), "not finite"),
        (lambda: FLAG.checked(2**70, "x"), r"x\[0\] = 1180591620717411303424 does not fit u1.0"),
        (
            lambda: FLAG.checked(np.array([0, 2**63], np.uint64)),
            r"\[1\] = 9223372036854775808 does",
        ),
        (lambda: FLAG.saturate(np.array([2**63], np.uint64)), "beyond 64 bits with a sign"),
        (lambda: FLAG.wrap([1, 2**70]), "beyond 64 bits with a sign: scale it down"),
        (lambda: FLAG.checked([0.0, 0.5]), r"value\[1\] = 0.5 does not fit u1.0"),
        (lambda: FLAG.checked([np.nan]), r"value\[0\] = nan does not fit u1.0"),
        (lambda: FLAG.saturate([1e300]), r"\[1e\+300\] is beyond 64 bits with a sign"),
        (lambda: FLAG.wrap([np.nan]), r"\[nan\] is beyond 64 bits with a sign"),
        (
            lambda: Fixed(integer=1, fraction=40).convert(1, Fixed(integer=40)),
            "converting u40.0 to u1.40 shifts beyond 63 bits: drop integer bits first",
        ),
    ],
)
def test_what_does_not_fit_is_refused(refused, message: str):
    with pytest.raises(FormatError, match=message):
        refused()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"integer": 8.5}, r"integer = 8\.5 of a number format: give an integer"),
        ({"integer": True}, "integer = True of a number format: give an integer"),
        ({"fraction": "1"}, "fraction = '1' of a number format: give an integer"),
        ({"signed": 2}, "signed = 2 of a number format: give True or False"),
        ({"rounding": "floor"}, "rounding = 'floor' of a number format: give one of Rounding"),
        ({"overflow": None}, "overflow = None of a number format: give one of Overflow"),
    ],
)
def test_an_argument_of_another_type_is_refused(given: dict[str, Any], message: str):
    with pytest.raises(FormatError, match=message):
        Fixed(**{"integer": 3, **given})  # pyright: ignore[reportArgumentType] - refused
