"""Corners of the building blocks: the ends of tables, nothing, everything, windows that wrap."""

import numpy as np

from hydrophone_model.dsp import exp2 as power
from hydrophone_model.dsp import log2 as logarithm
from hydrophone_model.dsp import reciprocal as divider
from hydrophone_model.dsp.correlation import MAGNITUDE, CorrelationParams
from hydrophone_model.dsp.distance import COSINE, DistanceParams
from hydrophone_model.dsp.entropy import EntropyParams
from hydrophone_model.dsp.exp2 import Exp2Params
from hydrophone_model.dsp.haar import HaarParams, haar
from hydrophone_model.dsp.log2 import Log2Params
from hydrophone_model.dsp.reciprocal import ReciprocalParams
from hydrophone_sim.vectors.corners.corner import Bench, Show, corner, limits, reached


@corner("log2", "zero", "0 has the logarithm of 1, which is 0")
def _zero(bench: Bench[Log2Params]) -> Show:
    return bench.events(4, x=[0, 1, 0, 1]), lambda out: not out["y"].any()


@corner("log2", "powers_of_two", "every power of two, which is exact, and its neighbours")
def _powers(bench: Bench[Log2Params]) -> Show:
    exponent = np.arange(bench.params.width)
    power_of_two = 1 << exponent
    x = np.concatenate([power_of_two, np.maximum(power_of_two - 1, 0), power_of_two + 1])
    x = np.minimum(x, limits(bench.params, "x")[1])
    wanted = exponent << logarithm.FRACTION
    return bench.events(len(x), x=x), lambda out: np.array_equal(out["y"][: len(exponent)], wanted)


@corner("log2", "rounded_up", "the largest arguments round up to the next power's logarithm")
def _rounded_up(bench: Bench[Log2Params]) -> Show:
    width = bench.params.width
    x = (1 << width) - 1 - np.arange(min(8, 1 << width))
    return bench.events(len(x), x=x), lambda out: reached(out["y"], width << logarithm.FRACTION)


@corner("log2", "table", "every entry of the table, at its knot, in its middle and before the next")
def _log_table(bench: Bench[Log2Params]) -> Show | None:
    if bench.params.width <= logarithm.MANTISSA:
        return None
    place = np.arange(1 << logarithm.INDEX) << logarithm.INTERPOLATION
    rest = (1 << logarithm.INTERPOLATION) - 1
    mantissa = np.concatenate([place, place + rest // 2, place + rest])
    x = mantissa + (1 << logarithm.MANTISSA)
    return bench.events(len(x), x=x), lambda out: len(np.unique(out["y"])) > len(place)


@corner("exp2", "saturation", "exponents from the last octave of the result on give its largest")
def _exp_saturation(bench: Bench[Exp2Params]) -> Show:
    most = bench.params.integer << logarithm.FRACTION
    x = np.clip(
        [most - 1, most, most + 1, limits(bench.params, "x")[1]], *limits(bench.params, "x")
    )
    high = limits(bench.params, "y")[1]
    return bench.events(4, x=x), lambda out: (out["y"][1:] == high).all()


@corner("exp2", "zero", "exponents so small that nothing is left of the result")
def _exp_zero(bench: Bench[Exp2Params]) -> Show:
    low = limits(bench.params, "x")[0]
    least = -(bench.params.fraction << logarithm.FRACTION)
    x = np.maximum([low, low + 1, least - 1, least], low)
    return bench.events(4, x=x), lambda out: out["y"][0] == 0


@corner("exp2", "table", "every entry of the table, at its knot, in its middle and before the next")
def _exp_table(bench: Bench[Exp2Params]) -> Show:
    place = np.arange(1 << power.INDEX) << power.INTERPOLATION
    rest = (1 << power.INTERPOLATION) - 1
    x = np.concatenate([place, place + rest // 2, place + rest])
    return bench.events(len(x), x=x), lambda out: reached(out["y"], 1 << bench.params.fraction)


@corner("reciprocal", "half", "a half, whose reciprocal is exact, and the same without the top bit")
def _half(bench: Bench[ReciprocalParams]) -> Show:
    top = 1 << (divider.ARGUMENT.width - 1)
    return bench.events(2, x=[top, 0]), lambda out: (
        out["y"] == 2 << divider.RECIPROCAL.fraction
    ).all()


@corner("reciprocal", "table", "every entry of the table, at its knot and before the next")
def _reciprocal_table(bench: Bench[ReciprocalParams]) -> Show:
    knots = (1 << (divider.ARGUMENT.width - 1)) + (
        np.arange(1 << divider.INDEX) << divider.INTERPOLATION
    )
    x = np.concatenate([knots, knots + (1 << divider.INTERPOLATION) - 1])
    return bench.events(len(x), x=x), lambda out: len(np.unique(out["y"])) > len(knots)


@corner("haar", "saturation", "samples at the limits of their format")
def _haar_limits(bench: Bench[HaarParams]) -> Show:
    low, high = limits(bench.params, "window")
    length = bench.params.length
    turns = np.where(np.arange(length) % 2, low, high)
    halves = np.where(np.arange(length) < length // 2, low, high)
    window = np.stack([np.full(length, low), np.full(length, high), turns, halves])
    least = limits(bench.params, "coefficients")[0]
    return bench.events(4, window=window), lambda out: reached(out["coefficients"], least)


@corner("distance", "no_energy", "a shape of zeros is as far from everything as can be")
def _no_energy(bench: Bench[DistanceParams]) -> Show:
    far = 2 * COSINE.one
    return bench.events(2, flip=[0, 1]), lambda out: (out["distance"] == far).all()


@corner(
    "distance", "templates", "each template's own shape is at no distance, its negative far off"
)
def _templates(bench: Bench[DistanceParams]) -> Show:
    params = bench.params
    shapes = np.array(params.shapes, np.int64)
    largest = params.sample.max // int(np.abs(shapes).max()) or 1
    coefficients = haar(np.clip(shapes * largest, -params.sample.max, params.sample.max))
    both = np.concatenate([coefficients, coefficients])
    flip = np.repeat([0, 1], len(shapes))
    near = 16
    own = np.arange(len(shapes)), np.array(params.groups)
    return bench.events(len(both), coefficients=both, flip=flip), lambda out: (
        out["distance"][own] < near
    ).all()


@corner("distance", "saturation", "coefficients at the limits of their format")
def _distance_limits(bench: Bench[DistanceParams]) -> Show:
    low, high = limits(bench.params, "coefficients")
    length = bench.params.length
    rows = np.stack([np.full(length, low), np.full(length, high), np.eye(length)[0] * low])
    flip = [0, 1, 1]
    far = 2 * COSINE.one
    return bench.events(3, coefficients=rows, flip=flip), lambda out: reached(out["distance"], far)


@corner("entropy", "first_events", "until the window is full nothing is told")
def _entropy_first(bench: Bench[EntropyParams]) -> Show:
    window = bench.params.window
    sizes = bench.rng.integers(0, bench.params.bins, window)
    return (
        bench.events(window, bin=sizes),
        lambda out: (
            not out["full"][:-1].any() and not out["entropy"][:-1].any() and bool(out["full"][-1])
        ),
    )


@corner("entropy", "one_bin", "a window of one size has no entropy")
def _one_bin(bench: Bench[EntropyParams]) -> Show:
    window = bench.params.window
    return bench.events(
        window + 1, bin=bench.params.bins - 1
    ), lambda out: out["full"][-1] == 1 and out["entropy"][-1] == 0


@corner("entropy", "window_wrap", "every value leaves the window again, twice over")
def _entropy_wrap(bench: Bench[EntropyParams]) -> Show:
    window, bins = bench.params.window, bench.params.bins
    sizes = np.concatenate([np.arange(window) % bins, np.zeros(window), np.arange(window) % bins])
    return (
        bench.events(3 * window, bin=sizes.astype(np.int64)),
        lambda out: (
            out["entropy"][window - 1] == out["entropy"][-1] > 0 == out["entropy"][2 * window - 1]
        ),
    )


@corner("correlation", "few_pairs", "below the minimum of pairs there is no correlation")
def _few_pairs(bench: Bench[CorrelationParams]) -> Show:
    least = bench.params.minimum
    ramp = np.arange(least)
    return bench.events(
        least, x=ramp % 8, y=ramp % 8
    ), lambda out: not out["correlation"][:-1].any() and out["correlation"][-1] == MAGNITUDE.one


@corner("correlation", "constant_column", "a column that does not vary has no correlation")
def _constant_column(bench: Bench[CorrelationParams]) -> Show:
    count = 2 * bench.params.window
    return bench.events(
        count, x=5, y=np.arange(count) % 7
    ), lambda out: not out["correlation"].any()


@corner("correlation", "saturation", "columns that move as one, or against one another: 1 and -1")
def _perfect(bench: Bench[CorrelationParams]) -> Show:
    window = bench.params.window
    turns = np.where(np.arange(4 * window) % 2, *limits(bench.params, "x")[::-1])
    against = np.where(np.arange(4 * window) % 2, *limits(bench.params, "y")[::-1])
    y = np.where(np.arange(4 * window) < 2 * window, against, ~against)
    one = MAGNITUDE.one
    return bench.events(
        4 * window, x=turns, y=y
    ), lambda out: reached(out["correlation"], one) and reached(out["correlation"], -one)
