"""`hydrophone.kernels`: equal bits on every instruction set, truth from outside, edges, errors."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import pywt
from numpy.typing import NDArray

from hydrophone import kernels
from hydrophone.kernels import FRACTION, Library, isas
from hydrophone_model.dsp.correlation import CorrelationModel, CorrelationParams
from hydrophone_model.dsp.entropy import EntropyModel, EntropyParams
from hydrophone_model.dsp.haar import HaarModel, HaarParams
from hydrophone_model.fixed import Fixed

Floats = NDArray[np.float32]

LENGTHS = (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 1023, 1025, 4200)
WINDOWS = (1, 2, 3, 5, 7, 8, 20, 22, 24, 64, 100, 255)
ISAS = isas().available


def columns(rng: np.random.Generator, n: int) -> Iterator[tuple[str, Floats, Floats]]:
    """Pairs of columns of many kinds, at every place within a vector."""
    walk = np.cumsum(rng.normal(size=(2, n)), axis=1)
    kinds = {
        "normal": rng.normal(size=(2, n)),
        "far from zero": 1e6 + walk,
        "wide": rng.normal(size=(2, n)) * 10.0 ** rng.integers(-12, 12, (2, n)),
        "tiny": rng.normal(size=(2, n)) * 1e-42,
        "equal": np.full((2, n), 0.1),
        "prices": 100 + 0.01 * walk,
        "one apart": np.where(np.arange(n) == 1, [[-30], [40]], 1 + 1e-3 * walk / np.sqrt(n)),
        "from zero up": 1e-3 * walk + np.where(np.arange(n) < n // 3, 0, 1e3),
    }
    for kind, values in kinds.items():
        offset = int(rng.integers(16))
        memory = np.zeros((2, n + offset), np.float32)
        memory[:, offset:] = values
        yield kind, memory[0, offset:], memory[1, offset:]


def everything(library: Library, x: Floats, y: Floats) -> dict[str, NDArray[Any]]:
    """Results of every kernel that takes float32, by name."""
    levels = (len(x) & -len(x)).bit_length() - 1
    with np.errstate(invalid="ignore", over="ignore"):
        bins = np.abs(x).astype(np.uint8)
    results: dict[str, NDArray[Any]] = {
        "average": np.array(library.average(x)),
        "variance": np.array(library.variance(x)),
        "correlation": np.array(library.correlation(x, y)),
        "distance": np.array(library.distance(x, y)),
        "entropy": np.array(library.entropy(np.abs(x))),
        "haar": library.haar(x, levels=levels),
    }
    for window in WINDOWS:
        results[f"average {window}"] = library.moving_average(x, window)
        results[f"variance {window}"] = library.moving_variance(x, window)
        results[f"correlation {window}"] = library.moving_correlation(x, y, window)
        results[f"distance {window}"] = library.moving_distance(x, y, window)
    for window in (2, 16):
        results[f"entropy {window}"] = library.moving_entropy(bins, window)
        results[f"haar {window}"] = library.moving_haar(x, window)
    return results


@pytest.mark.parametrize("isa", ISAS[1:])
@pytest.mark.parametrize("n", LENGTHS)
def test_float_results_have_the_same_bits_everywhere(isa: str, n: int, seed: int):
    for kind, x, y in columns(np.random.default_rng([seed, n]), n):
        want, got = everything(Library("scalar"), x, y), everything(Library(isa), x, y)
        for name in want:
            assert got[name].tobytes() == want[name].tobytes(), (name, kind, n)


def test_a_nan_has_the_same_place_everywhere(seed: int):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, 700)).astype(np.float32)
    x[300], y[500] = np.nan, np.inf
    scalar = everything(Library("scalar"), x, y)
    for isa in ISAS:
        got = everything(Library(isa), x, y)
        for name, want in scalar.items():
            np.testing.assert_array_equal(got[name], want, err_msg=f"{name} on {isa}")
    assert np.flatnonzero(np.isnan(scalar["variance 20"][19:])).tolist() == list(range(281, 301))
    assert np.isfinite(scalar["correlation 20"][520:]).all()


def windows_of(x: Floats, window: int) -> NDArray[np.float64]:
    return np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), window)


@pytest.mark.parametrize("n", [2, 17, 64, 1000])
def test_one_window_is_the_truth(n: int, seed: int):
    for kind, x, y in columns(np.random.default_rng([seed, n]), n):
        a, b = x.astype(np.float64), y.astype(np.float64)
        step = 2.0**-23
        size = np.abs(a).mean()
        assert abs(kernels.average(x) - a.mean()) <= 2 * step * size + 1e-45, kind
        near = 8 * step if n >= 512 else step
        assert kernels.variance(x) == pytest.approx(a.var(), rel=near, abs=1e-45), kind
        if kind not in ("equal", "tiny"):
            r = np.corrcoef(a, b)[0, 1]
            assert kernels.correlation(x, y) == pytest.approx(
                r, abs=16 * step if n >= 512 else step
            ), kind
        if kind != "tiny":
            d = float(np.linalg.norm(a - b))
            assert kernels.distance(x, y) == pytest.approx(d, rel=2.0**-20), kind
            p = np.abs(a) / np.abs(a).sum()
            h = float(-(p * np.log2(np.maximum(p, 1e-300))).sum())
            assert kernels.entropy(np.abs(x)) == pytest.approx(h, abs=2.0**-20 * np.log2(n)), kind


@pytest.mark.parametrize(
    ("n", "levels"),
    [(1, None), (2, None), (64, None), (4096, None), (8192, 13), (1000, 3), (96, 5), (3000, 2)],
)
def test_haar_is_that_of_pywavelets(n: int, levels: int | None, seed: int):
    x = np.random.default_rng(seed).normal(size=n).astype(np.float32)
    depth = n.bit_length() - 1 if levels is None else levels
    truth = np.concatenate(pywt.wavedec(x.astype(np.float64), "haar", level=depth))
    out = np.empty_like(x)
    assert kernels.haar(x, out=out, levels=levels) is out
    np.testing.assert_allclose(out, truth, atol=1e-4 * max(depth, 1) / 10)


@pytest.mark.parametrize("window", WINDOWS)
def test_a_series_is_the_truth_of_every_window(window: int, seed: int):
    for kind, x, y in columns(np.random.default_rng([seed, window]), 600):
        a, b = windows_of(x, window), windows_of(y, window)
        tail = slice(window - 1, None)
        step = 2.0**-23
        size = np.abs(a).mean(axis=1)
        moved = kernels.moving_average(x, window)
        assert np.isnan(moved[: window - 1]).all()
        assert (np.abs(moved[tail] - a.mean(axis=1)) <= step * size + 1e-45).all(), kind
        np.testing.assert_allclose(
            kernels.moving_variance(x, window)[tail], a.var(axis=1), rtol=step, atol=1e-45
        )
        d = np.linalg.norm(a - b, axis=1)
        np.testing.assert_allclose(
            kernels.moving_distance(x, y, window)[tail], d, rtol=step, atol=1e-45
        )
        if kind in ("normal", "far from zero") and window > 2:
            da, db = (v - v.mean(axis=1, keepdims=True) for v in (a, b))
            r = (da * db).sum(axis=1) / np.sqrt((da**2).sum(axis=1) * (db**2).sum(axis=1))
            np.testing.assert_allclose(
                kernels.moving_correlation(x, y, window)[tail], r, atol=step, err_msg=kind
            )


STREAMS: dict[str, tuple[Callable[..., Any], int]] = {
    "average": (kernels.Average, 1),
    "variance": (kernels.Variance, 1),
    "correlation": (kernels.Correlation, 2),
    "distance": (kernels.Distance, 2),
    "haar": (kernels.Haar, 1),
    "entropy": (kernels.Entropy, 1),
}


@pytest.mark.parametrize("dtype", [np.float32, np.int16])
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_has_the_bits_of_the_series(name: str, dtype: type, seed: int):
    rng = np.random.default_rng(seed)
    make, count = STREAMS[name]
    given = [(rng.normal(size=300) * 1000).astype(dtype) for _ in range(count)]
    if name == "entropy":
        given = [rng.integers(0, 256, 300).astype(np.uint8)]
    for window in (2, 8, 64) if name in ("haar", "entropy") else WINDOWS:
        out = [np.empty(300, np.int64)] if name == "entropy" and dtype is np.int16 else []
        series = getattr(kernels, f"moving_{name}")(*given, window, *out)
        for isa in (ISAS[0], ISAS[-1]):
            stream = make(window, dtype=dtype, isa=isa)
            stream.push(*(7 for _ in given))
            stream.reset()
            pushed = np.array(
                [np.copy(stream.push(*values)) for values in zip(*given, strict=True)]
            )
            np.testing.assert_array_equal(pushed.astype(series.dtype), series, err_msg=str(window))
            stream.reset()
            many = np.empty_like(series)
            assert stream.push_many(*given, many) is many
            assert many.tobytes() == series.tobytes()


def test_the_newest_haar_coefficients_are_those_of_the_window(seed: int):
    x = np.random.default_rng(seed).normal(size=90).astype(np.float32)
    rows = kernels.moving_haar(x, 32)
    assert rows.shape == (90, 6)
    for end in range(32, 91):
        whole = kernels.haar(x[end - 32 : end])
        assert rows[end - 1].tobytes() == whole[[0, 1, 3, 7, 15, 31]].tobytes()


def exactly(value: int, divisor: int) -> int:
    return (value << FRACTION) // divisor


@pytest.mark.parametrize("n", [1, 2, 3, 64, 100, 65536])
@pytest.mark.parametrize("corners", [False, True])
def test_fixed_point_is_exact(n: int, corners: bool, seed: int):
    rng = np.random.default_rng([seed, n])
    x, y = rng.integers(-32768, 32767, (2, n), endpoint=True).astype(np.int16)
    if corners:
        x, y = rng.choice(np.array([-32768, 32767], np.int16), (2, n))
    a, b = [int(v) for v in x], [int(v) for v in y]
    total, squares = sum(a), sum(v * v for v in a)
    apart = sum((v - w) ** 2 for v, w in zip(a, b, strict=True))
    for isa in ISAS:
        library = Library(isa)
        assert library.average(x) == exactly(total, n)
        assert library.variance(x) == exactly(n * squares - total**2, n * n)
        root = library.distance(x, y)
        assert root**2 <= apart << (2 * FRACTION) < (root + 1) ** 2


@pytest.mark.parametrize("isa", ISAS)
def test_fixed_point_is_what_the_blocks_compute(isa: str, seed: int):
    rng = np.random.default_rng(seed)
    library = Library(isa)
    wide = Fixed(signed=True, integer=15)
    x, y = rng.integers(-3000, 3000, (2, 400)).astype(np.int16)
    y[100:] = x[100:] // 2 + y[100:] // 4
    y[200:300] = 5
    bins = (rng.integers(0, 32, 400) & rng.integers(0, 32, 400)).astype(np.uint8)
    here = np.zeros(400, np.int64)
    block = CorrelationModel(CorrelationParams(symbols=1, window=64, x=wide, y=wide))
    want = block.process(symbol=here, x=x.astype(np.int64), y=y.astype(np.int64))["correlation"]
    np.testing.assert_array_equal(library.moving_correlation(x, y, 64)[63:], want[63:])
    assert library.correlation(x[-64:], y[-64:]) == want[-1]
    for window in (8, 64, 1024):
        told = EntropyModel(EntropyParams(symbols=1, window=window))
        series = np.resize(bins, 1100)
        entropy = told.process(symbol=np.zeros(1100, np.int64), bin=series.astype(np.int64))
        got = library.moving_entropy(series, window, np.empty(1100, np.int64))
        np.testing.assert_array_equal(got, entropy["entropy"])
        assert library.entropy(series[-window:]) == entropy["entropy"][-1]
    shape = HaarModel(HaarParams(length=16)).process(window=x[None, :16].astype(np.int64) // 64)
    got = library.haar((x[:16] // 64).astype(np.int16))
    np.testing.assert_array_equal(got, next(iter(shape.values()))[0])


def test_haar_of_fixed_point_at_its_longest(seed: int):
    x = np.random.default_rng(seed).choice(np.array([-32768, 32767], np.int16), 1 << 16)
    got = kernels.haar(x)
    assert got[0] == int(x.astype(np.int64).sum())
    assert got[1] == int(x[: 1 << 15].astype(np.int64).sum() - x[1 << 15 :].astype(np.int64).sum())
    assert (
        kernels.moving_haar(x[:64], 64)[-1].tolist()
        == kernels.haar(x[:64])[[0, 1, 3, 7, 15, 31, 63]].tolist()
    )


@pytest.mark.parametrize("window", [256, 2048])
def test_entropy_of_bins_is_the_truth(window: int, seed: int):
    bins = np.random.default_rng(seed).integers(0, 200, 5000).astype(np.uint8)
    moved = kernels.moving_entropy(bins, window)
    for end in (window, 3000, 5000):
        counts = np.bincount(bins[end - window : end])
        p = counts[counts > 0] / window
        assert moved[end - 1] == pytest.approx(float(-(p * np.log2(p)).sum()), rel=2.0**-23)
    assert kernels.Entropy(window).push_many(bins).tobytes() == moved.tobytes()
