"""`hydrophone.kernels.fuse` and `Fusion`: the published formulas, edges, and equal bits."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import rankdata, spearmanr

from hydrophone import kernels
from hydrophone.kernels import Fusion, Library, isas

Reals = NDArray[np.float64]
SIZES = [(2, 2), (4, 4), (8, 16), (5, 17), (16, 64)]


def weighted(weights: Reals, values: Reals, least: float) -> tuple[Reals, Reals]:
    """Means by the weights, and by their reciprocals."""
    if not weights.any():
        return values.mean(axis=0), values.mean(axis=0)
    inverse = 1 / np.maximum(weights, least)
    return weights @ values / weights.sum(), inverse @ values / inverse.sum()


def formulas(scores: Reals, performance: Reals, present: NDArray[np.bool_]) -> Reals:
    """The six combinations, straight from the papers' definitions."""
    result = np.zeros((6, scores.shape[1]))
    there = scores[:, present]
    used = [
        k for k, row in enumerate(there)
        if row.size >= 2 and np.isfinite(row).all() and np.ptp(row) > 0
    ]  # fmt: skip
    if not used:
        return result
    norm = np.array([(r - r.min()) / np.ptp(r) for r in there[used]])
    ranks = np.array([rankdata(-r) for r in there[used]])
    shapes = -np.sort(-norm, axis=1)
    apart = np.sqrt(((shapes[:, None] - shapes[None]) ** 2).mean(axis=-1))
    strength = apart.sum(axis=1) / max(len(used) - 1, 1)
    trust = np.maximum(performance[used], 0)
    result[0, present], result[3, present] = norm.mean(axis=0), ranks.mean(axis=0)
    for place, (weights, least) in enumerate([(strength, 2.0**-12), (trust, 2.0**-15)], 1):
        result[place, present] = weighted(weights, norm, least)[0]
        result[3 + place, present] = weighted(weights, ranks, least)[1]
    return result


def tables(
    rng: np.random.Generator, systems: int, candidates: int, count: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Tables of scores where systems tie, are constant, copy one another, or lack a score."""
    scores = rng.normal(size=(count, systems, candidates)).astype(np.float32)
    scores[1::4] = np.rint(scores[1::4] * 2)
    scores[2::7] = scores[2::7, :1]
    for table in scores[3::5]:
        table[rng.integers(systems)] = rng.choice([0, -1, 7])
        table[rng.integers(systems), rng.integers(candidates)] = rng.choice([np.nan, np.inf])
    present = rng.random((count, candidates)) < 0.8
    present[::3] = True
    present[7::11, 1:] = False
    return scores, present


@pytest.mark.parametrize(("systems", "candidates"), SIZES)
def test_fusion_is_that_of_the_papers(systems: int, candidates: int, seed: int):
    rng = np.random.default_rng(seed)
    scores, present = tables(rng, systems, candidates, 40)
    for table, there in zip(scores, present, strict=True):
        performance = rng.uniform(-0.5, 1, systems).astype(np.float32)
        got = kernels.fuse(table, performance, there)
        want = formulas(table.astype(np.float64), performance.astype(np.float64), there)
        np.testing.assert_allclose(got[:3], want[:3], atol=2.0**-19)
        np.testing.assert_allclose(got[3:], want[3:], atol=2.0**-17)


@pytest.mark.parametrize(("systems", "candidates"), SIZES)
def test_scores_as_wide_as_float32(systems: int, candidates: int, seed: int):
    rng = np.random.default_rng(seed)
    for _ in range(5):
        scores = rng.uniform(-3.4e38, 3.4e38, (systems, candidates)).astype(np.float32)
        scores[0, :2] = np.finfo(np.float32).min, np.finfo(np.float32).max
        there = np.ones(candidates, np.bool_)
        performance = rng.uniform(0, 1, systems).astype(np.float32)
        want = formulas(scores.astype(np.float64), performance.astype(np.float64), there)
        got = kernels.fuse(scores, performance)
        np.testing.assert_allclose(got[:3], want[:3], atol=2.0**-19)
        np.testing.assert_allclose(got[3:], want[3:], atol=2.0**-17)
        learning = Fusion(systems, candidates, rate=1)
        learning.push(scores, scores[0])
        learning.push(scores, scores[0])
        assert learning.performance[0] == 0.5


@pytest.mark.parametrize("isa", isas().available)
@pytest.mark.parametrize("size", [1e-45, 1e-40, 1e-30, 1e-19, 1e-6, 1e6, 1e19, 1e30, 3e38])
@pytest.mark.parametrize(("systems", "candidates"), [(3, 5), (8, 16), (16, 64)])
def test_performance_in_any_unit(isa: str, size: float, systems: int, candidates: int, seed: int):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(systems, candidates)).astype(np.float32)
    there = np.ones(candidates, np.bool_)
    for weights in np.ones(systems), rng.uniform(-0.5, 1, systems), np.eye(systems)[0]:
        performance = (size * weights).astype(np.float32)
        got = Library(isa).fuse(scores, performance)
        want = formulas(scores.astype(np.float64), performance.astype(np.float64), there)
        np.testing.assert_allclose(got[:3], want[:3], atol=2.0**-19)
        np.testing.assert_allclose(got[3:], want[3:], atol=2.0**-17)
        assert got.tobytes() == Library("scalar").fuse(scores, performance).tobytes()


@pytest.mark.parametrize("isa", isas().available)
@pytest.mark.parametrize(("systems", "candidates"), SIZES)
def test_decisions_have_the_same_bits_everywhere(
    isa: str, systems: int, candidates: int, seed: int
):
    rng = np.random.default_rng(seed)
    scores, present = tables(rng, systems, candidates, 60)
    outcome = np.rint(rng.normal(size=present.shape)).astype(np.float32)
    series = Fusion(systems, candidates, rate=2, isa="scalar")
    want = series.push_many(scores, outcome, present)
    stream = Fusion(systems, candidates, rate=2, isa=isa)
    out = np.empty((6, candidates), np.float32)
    for at in range(len(scores)):
        assert stream.push(scores[at], outcome[at], present[at], out) is out
        assert out.tobytes() == want[at].tobytes()
    assert stream.performance.tobytes() == series.performance.tobytes()
    assert stream.diversity.tobytes() == series.diversity.tobytes()
    last = Library(isa).fuse(scores[-1], performance=stream.performance, present=present[-1])
    assert last.tobytes() == want[-1].tobytes()


@pytest.mark.parametrize("isa", isas().available)
def test_the_widest_scores_have_the_same_bits_everywhere(isa: str, seed: int):
    rng = np.random.default_rng(seed)
    scalar, library = Library("scalar"), Library(isa)
    for least, most in [(-45, 39), (-46, -36), (36, 39), (-1, 1)]:
        for _ in range(50):
            with np.errstate(over="ignore"):
                wide = rng.normal(size=(8, 16)) * 10.0 ** rng.uniform(least, most, (8, 1))
                scores = wide.astype(np.float32)
            scores[0, :2] = [0.0, -0.0]
            performance = rng.uniform(-1, 1, 8).astype(np.float32)
            want = scalar.fuse(scores, performance)
            assert library.fuse(scores, performance).tobytes() == want.tobytes()


def test_performance_is_an_average_of_rank_correlations(seed: int):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(30, 3, 8)).astype(np.float32)
    outcome = rng.normal(size=(30, 8)).astype(np.float32)
    given = np.arange(30) % 3 != 1
    fusion, expected, remembered = Fusion(3, 8, rate=3), np.zeros(3), -1
    for at in range(30):
        fusion.push(scores[at], outcome[at] if given[at] else None)
        if given[at]:
            if remembered >= 0:
                told = [spearmanr(row, outcome[at]).statistic for row in scores[remembered]]
                expected += (np.array(told) - expected) / 8
            remembered = at
        np.testing.assert_allclose(fusion.performance, expected, atol=1e-6)
    fusion.push(scores[0], np.full(8, 2, np.float32))
    np.testing.assert_allclose(fusion.performance, expected, atol=1e-6)
    fusion.reset()
    assert not fusion.performance.any()


def test_copies_of_one_system_are_that_system(seed: int):
    one = np.random.default_rng(seed).normal(size=16).astype(np.float32)
    got = kernels.fuse(np.tile(one, (8, 1)))
    norm = (one - one.min()) / (one.max() - one.min())
    np.testing.assert_allclose(got[:3], np.tile(norm, (3, 1)), atol=2.0**-19)
    np.testing.assert_allclose(got[3:], np.tile(rankdata(-one), (3, 1)), atol=2.0**-17)
    stream = Fusion(8, 16)
    stream.push(np.tile(one, (8, 1)))
    assert not stream.diversity.any()


def test_permuted_candidates_give_permuted_results(seed: int):
    rng = np.random.default_rng(seed)
    scores = np.rint(rng.normal(size=(8, 16)) * 3).astype(np.float32)
    order = rng.permutation(16)
    moved = kernels.fuse(np.ascontiguousarray(scores[:, order]))
    assert moved.tobytes() == kernels.fuse(scores)[:, order].tobytes()


TABLE = np.eye(4, dtype=np.float32)
REFUSED: list[tuple[type[Exception], str, Callable[[], object]]] = [
    (TypeError, "scores has dtype float64: give float32",
     lambda: kernels.fuse(TABLE.astype(float))),  # pyright: ignore[reportArgumentType]
    (ValueError, "scores has 1 dimensions: give 2", lambda: kernels.fuse(TABLE[0])),
    (ValueError, "scores is not contiguous", lambda: kernels.fuse(TABLE[:, ::2])),
    (ValueError, "1 systems score 4 candidates: give 2 to 16 systems, 2 to 64 candidates",
     lambda: kernels.fuse(TABLE[:1])),
    (ValueError, r"performance has shape \(3,\): give \(4,\)",
     lambda: kernels.fuse(TABLE, TABLE[0, 1:])),
    (ValueError, r"performance\[2\] is nan: give finite numbers",
     lambda: kernels.fuse(TABLE, np.array([1, 2, np.nan, np.inf], np.float32))),
    (ValueError, r"performance\[0\] is -inf: give finite numbers",
     lambda: kernels.fuse(TABLE, np.full(4, -np.inf, np.float32))),
    (TypeError, "present has dtype float32: give bool",
     lambda: kernels.fuse(TABLE, present=TABLE[0])),  # pyright: ignore[reportArgumentType]
    (ValueError, r"out has shape \(4, 4\): give \(6, 4\)", lambda: kernels.fuse(TABLE, out=TABLE)),
    (ValueError, r"scores has shape \(4, 4\): give \(4, 5\)", lambda: Fusion(4, 5).push(TABLE)),
    (ValueError, r"outcome has shape \(4, 4\): give \(2, 4\)",
     lambda: Fusion(4, 4).push_many(np.stack([TABLE, TABLE]), TABLE)),
    (ValueError, "17 systems score 4 candidates", lambda: Fusion(17, 4)),
    (ValueError, "rate is 0: give 1 to 10", lambda: Fusion(4, 4, rate=0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "text", "call"), REFUSED, ids=lambda v: v[:40] if isinstance(v, str) else None
)
def test_what_cannot_be_fused(error: type[Exception], text: str, call: Callable[[], Any]):
    with pytest.raises(error, match=f"^{text}"):
        call()
