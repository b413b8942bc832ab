"""`session.fuse`: every device decides as the model does, whatever form the scores come in."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.host.test_contract import DEVICES, SMALL, opened
from tests.model.fusion.tables import tables

import hydrophone
from hydrophone import Combination, ConfigError, DeviceError, Session
from hydrophone.score_conversion import SPAN, dense_ranks, raw_scores
from hydrophone_drivers.golden_fusion_device import GoldenFusionDevice
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import MISSING
from hydrophone_model.fusion.decision import decision_dtype, write_decisions
from hydrophone_model.fusion.fusion import FusionModel, FusionParams

PARAMS = FusionParams(systems=3, candidates=5, rate=2)
CONFIG = replace(SMALL, fusion=PARAMS)
DTYPE = decision_dtype(PARAMS)


@pytest.fixture(params=DEVICES, scope="module")
def shared(request: pytest.FixtureRequest) -> Iterator[Session]:
    with opened(request.param, CONFIG) as session:
        yield session


@pytest.fixture
def session(shared: Session) -> Session:
    shared.reset()
    shared.reconfigure(CONFIG)
    return shared


@pytest.fixture
def golden() -> Session:
    return hydrophone.open("golden", CONFIG)


def recorded(inputs: dict[str, Raw]) -> np.ndarray:
    """What the model decides."""
    records = np.zeros(len(inputs["learn"]), DTYPE)
    write_decisions(FusionModel(PARAMS).process(**inputs), records)
    return records


def drawn(seed: int, decisions: int) -> dict[str, Raw]:
    """Inputs of the model; the first decision learns, for it is the first to be judged."""
    inputs = tables(PARAMS, np.random.default_rng(seed), decisions)
    inputs["learn"][:1] = 1
    return inputs


def given_as(inputs: dict[str, Raw]) -> dict[str, Any]:
    """The same as arguments of `fuse`, raw scores."""
    outcome = np.where(inputs["learn"][:, None] != 0, inputs["outcome"], np.nan)
    scores = inputs["scores"].reshape(-1, PARAMS.systems, PARAMS.candidates).astype(np.int16)
    return {"scores": scores, "present": inputs["present"] != 0, "outcome": outcome}


def test_every_device_decides_as_the_model(session: Session, seed: int):
    inputs = drawn(seed, 500)
    args = given_as(inputs)
    assert np.array_equal(session.fuse(**args).records, recorded(inputs))
    session.reset()
    parts = [
        session.fuse(**{name: value[cut] for name, value in args.items()}).records
        for cut in (slice(0, 1), slice(1, 7), slice(7, 7), slice(7, 500))
    ]
    assert np.array_equal(np.concatenate(parts), recorded(inputs))


def test_one_table_is_a_batch_of_one(session: Session, seed: int):
    inputs = drawn(seed, 20)
    args = given_as(inputs)
    for event, wanted in enumerate(recorded(inputs)):
        got = session.fuse(**{name: value[event] for name, value in args.items()})
        assert got.records.shape == got.best.shape == ()
        assert got.rank.shape == (5,)
        assert got.records[()] == wanted


def test_results_go_where_the_caller_says(session: Session, seed: int):
    args = given_as(drawn(seed, 9))
    out = np.zeros(9, DTYPE)
    assert session.fuse(**args, out=out).records is out
    session.reset()
    assert np.array_equal(out, session.fuse(**args).records)


def test_another_combination_takes_over_and_other_sizes_do_not(session: Session, seed: int):
    args = given_as(drawn(seed, 50))
    first = session.fuse(**args)
    session.reset()
    ranks = replace(PARAMS, combination=int(Combination.RANK_AVERAGE))
    session.reconfigure(replace(CONFIG, fusion=ranks))
    second = session.fuse(**args)
    for combination in Combination:
        assert np.array_equal(first.fused(combination) > 0, second.fused(combination) > 0)
    assert np.array_equal(first.performance, second.performance)
    assert not np.array_equal(first.rank, second.rank)
    with pytest.raises(ConfigError, match="systems = 4 needs another design, this one has 3"):
        session.reconfigure(replace(CONFIG, fusion=replace(PARAMS, systems=4)))


def test_decisions_are_told_in_real_numbers(golden: Session):
    scores = [[1.0, 5.0, 3.0, 5.0, 9.0], [0.1, 0.5, 0.3, 0.5, 0.9], [7, 7, 7, 7, 7]]
    decisions = golden.fuse(scores, present=[1, 1, 1, 1, 0])
    assert decisions.decided
    assert decisions.best == 1
    np.testing.assert_array_equal(decisions.rank, [4, 1.5, 3, 1.5, np.nan])
    np.testing.assert_array_equal(decisions.used, [True, True, False])
    fused = decisions.fused(Combination.SCORE_AVERAGE)
    np.testing.assert_allclose(fused, [0, 1, 0.5, 1, np.nan], atol=2**-12)
    np.testing.assert_array_equal(
        decisions.fused(Combination.RANK_AVERAGE), [4, 1.5, 3, 1.5, np.nan]
    )
    np.testing.assert_allclose(decisions.diversity, 0, atol=2**-12)
    nothing = golden.fuse(np.full((3, 5), np.nan))
    assert (nothing.decided, nothing.best) == (False, -1)
    assert np.all(np.isnan(nothing.rank))


def test_performance_learns_from_the_order_of_outcomes(golden: Session):
    rising = np.arange(15.0).reshape(3, 5) * [[1], [-1], [1]]
    outcomes = np.array([[0.0] * 5, [1e-9, 2e-9, 3e-9, 4e-9, 5e-9], [1, 2, np.nan, 4, 5]])
    shown = golden.fuse(np.stack([rising] * 3), outcome=outcomes).performance
    np.testing.assert_array_equal(shown[:, 0], [0, 0.25, 0.25])
    np.testing.assert_array_equal(shown[:, 1], [0, -0.25, -0.25])
    # Who did not take part needs no outcome.
    golden.reset()
    there = np.array([1, 1, 0, 1, 1])
    shown = golden.fuse(np.stack([rising] * 3), present=there, outcome=outcomes).performance
    np.testing.assert_array_equal(shown[:, 0], [0, 0.25, 0.4375])


def test_the_first_decision_is_judged_and_then_each_that_was_given_an_outcome(golden: Session):
    rising, falling = (np.arange(15.0).reshape(3, 5) * sign for sign in (1, -1))
    up, unknown = np.arange(5.0), np.full(5, np.nan)
    # Nothing is known before the first; the second is given nothing, so the first is judged still.
    steps = [
        (rising, unknown, 0),
        (falling, unknown, 0),
        (falling, up, 0.25),
        (rising, up, -0.0625),
    ]
    for scores, outcome, shown in steps:
        assert golden.fuse(scores, outcome=outcome).performance[0] == shown
    golden.reset()
    scores, outcomes, wanted = (np.array(column) for column in zip(*steps, strict=True))
    np.testing.assert_array_equal(golden.fuse(scores, outcome=outcomes).performance[:, 0], wanted)
    # Without outcomes nothing is ever learned.
    golden.reset()
    assert not np.any(golden.fuse(scores).performance)


def test_an_outcome_that_lacks_one_who_took_part_is_none(golden: Session):
    scores = np.stack([np.arange(15.0).reshape(3, 5)] * 4)
    outcome = np.tile(np.arange(5.0), (4, 1))
    outcome[1, 4], outcome[2, 0] = np.nan, np.inf
    present = np.array([[1, 1, 1, 1, 0], [0, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]])
    shown = golden.fuse(scores, outcome=outcome, present=present).performance[:, 0]
    np.testing.assert_array_equal(shown, [0, 0.25, 0.4375, 0.578125])
    golden.reset()
    present[1, 0] = 1
    shown = golden.fuse(scores, outcome=outcome, present=present).performance[:, 0]
    np.testing.assert_array_equal(shown, [0, 0.25, 0.25, 0.4375])


# -- real scores ------------------------------------------------------------------------------


def test_real_scores_that_are_raw_ones_decide_alike(golden: Session, seed: int):
    inputs = drawn(seed, 300)
    args = given_as(inputs)
    wanted = golden.fuse(**args).records
    real = np.where(args["scores"] == MISSING, np.nan, args["scores"].astype(np.float64))
    for factor, scale in ((1.0, None), (2.0**-900, None), (2.0**-8, 1.0), (0.5, 2.0**-7)):
        golden.reset()
        got = golden.fuse(
            real * factor, present=args["present"], outcome=args["outcome"], scale=scale
        )
        assert np.array_equal(got.records, wanted), (factor, scale)


REALS = arrays.arrays(
    np.float64, 6, elements=st.floats(allow_nan=True, allow_infinity=True, width=64)
)


@given(REALS)
def test_any_real_scores_keep_their_order_and_use_the_range(scores: np.ndarray):
    with np.errstate(all="raise", under="ignore"):
        raw = raw_scores(scores[None, None], np.ones((1, 6), np.bool_))[0, 0].astype(np.int64)
    known = np.isfinite(scores)
    assert np.array_equal(raw == MISSING, ~known)
    values, order = raw[known], np.argsort(scores[known])
    assert np.all(np.diff(values[order]) >= 0)
    if values.size and (spread := scores[known].max() / 4 - scores[known].min() / 4) > 1e-300:
        assert SPAN / 2 - 1 <= np.ptp(values) <= SPAN
        truth = (scores[known] / 4 - scores[known].min() / 4) / spread
        assert np.all(np.abs((values - values.min()) / np.ptp(values) - truth) < 2.0**-14)


def test_the_absent_do_not_spread_the_rest():
    scores = np.array([[[1.0, 2.0, 3.0, 1e9]]])
    raw = raw_scores(scores, np.array([[True, True, True, False]]))[0, 0].astype(np.int64)
    assert (raw[2] - raw[0], raw[1] - raw[0]) == (32768, 16384)


def test_the_smallest_and_the_largest_numbers_do_not_tie():
    least = 5e-324
    scores = np.array([
        [0.0, least, 2 * least, 3 * least], [-1.7e308, 1.7e308, 0.0, 1.0e308],
        [-least, least, 0.0, 9 * least], [0.0, 1e-310, 2e-310, least],
    ])  # fmt: skip
    raw = raw_scores(scores[None], np.ones((1, 4), np.bool_))[0]
    for row, told in zip(scores, raw, strict=True):
        assert np.array_equal(np.argsort(told), np.argsort(row))
        apart = row.max() / 4 - row.min() / 4
        assert len(set(told.tolist())) == 4 or apart == 0 or 1e5 * least < apart


def test_any_number_may_scale(golden: Session):
    table = np.arange(15.0).reshape(3, 5)
    wanted = golden.fuse(table, scale=1 / 3).records
    for scale in (Fraction(1, 3), np.float64(1 / 3)):
        assert np.array_equal(golden.fuse(table, scale=scale).records, wanted)  # pyright: ignore[reportArgumentType]


def test_scores_are_taken_wherever_they_lie(session: Session, seed: int):
    args = given_as(drawn(seed, 30))
    wanted = session.fuse(**args).records
    memory = np.zeros(args["scores"].nbytes + 1, np.uint8)
    moved = memory[1:].view(np.int16).reshape(args["scores"].shape)
    moved[...] = args["scores"]
    flags = np.where(args["present"], np.uint8(255), np.uint8(0)).view(np.bool_)
    several: list[dict[str, Any]] = [
        {"scores": moved},
        {"scores": args["scores"].repeat(2, axis=0)[::2]},
        {"scores": np.asfortranarray(args["scores"])},
        {"present": np.asfortranarray(args["present"])},
        {"present": flags},
    ]
    for change in several:
        session.reset()
        assert np.array_equal(session.fuse(**{**args, **change}).records, wanted)


def test_outcomes_become_their_order():
    outcome = np.array([[3.5, -1e300, 3.5, 1e-300, 0.0], [2, 2, 2, 2, 2]])
    assert dense_ranks(outcome).tolist() == [[3, 0, 3, 2, 1], [0, 0, 0, 0, 0]]


# -- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "error", "said"),
    [
        ({"scores": np.zeros((5, 3))}, ValueError, r"shape \(5, 3\): this session fuses 3 systems"),
        ({"scores": np.zeros(15)}, ValueError, r"give \(3, 5\) or \(decisions, 3, 5\), or open"),
        ({"scores": [["a"] * 5] * 3}, TypeError, "scores are of dtype <U1: give real numbers"),
        ({"present": [1, 1, 1]}, ValueError, r"present has shape \(3,\): give \(2, 5\)"),
        ({"outcome": np.zeros((3, 5))}, ValueError, r"outcome has shape \(3, 5\): give \(2, 5\)"),
        ({"outcome": 1.0}, ValueError, r"outcome has shape \(\): give \(2, 5\)"),
        ({"scale": 0.0}, ValueError, r"scale = 0.0 is not allowed: use a number above 0"),
        ({"scale": np.nan}, ValueError, r"scale = nan is not allowed"),
        ({"out": np.zeros(3, DTYPE)}, ValueError, r"out has shape \(3,\) and dtype .*: give shape"),
        ({"out": np.zeros(2)}, ValueError, r"dtype float64: give shape \(2,\) of .*decision_dtype"),
        ({"out": np.zeros(4, DTYPE)[::2]}, ValueError, "out is strided or read-only"),
        ({"out": []}, TypeError, r"out is a list: give an array of shape \(2,\) of the dtype that"),
        (
            {"scale": Fraction(10**400)},
            ValueError,
            r"scale = 10+ is not allowed: use a number abov",
        ),
        (
            {"scale": Fraction(1, 10**400)},
            ValueError,
            r"scale = 1/10+ is not allowed: use a number",
        ),
        ({"scores": [np.ma.masked_all((3, 5))] * 2}, ValueError, "scores has a mask"),
        ({"out": np.ma.array(np.zeros(2, DTYPE))}, ValueError, "out has a mask.*: give its .data"),
        ({"scale": "2"}, TypeError, "scale = '2' is a str: use a number above 0"),
        (
            {"scale": 2.0, "scores": np.zeros((2, 3, 5), np.int16)},
            ValueError,
            "scale = 2.0 has no use for int16 scores, which are raw: leave it out, or",
        ),
        ({"scores": np.ma.masked_all((2, 3, 5))}, ValueError, "scores has a mask.*: give a float"),
        ({"present": np.ma.masked_all(5)}, ValueError, r"present has a mask.*\.filled\(0\)"),
        ({"outcome": np.ma.masked_all((2, 5))}, ValueError, "outcome has a mask"),
        (
            {"present": [1, np.nan, 0, 1, 1]},
            ValueError,
            r"present\[0, 1\] = nan is not allowed: use",
        ),
        ({"present": [[1] * 5, [1, 1, 1, 0.5, 1]]}, ValueError, r"present\[1, 3\] = 0.5 is not al"),
        ({"outcome": np.zeros(5)}, ValueError, r"shape \(5,\) for 2 decisions, .*: give \(2, 5\)"),
        ({"outcome": np.zeros((1, 5))}, ValueError, r"shape \(1, 5\) for 2 decisions, and each wo"),
    ],
)
def test_what_does_not_fit_is_named(
    args: dict[str, Any], error: type[Exception], said: str, golden: Session
):
    given: dict[str, Any] = {"scores": np.zeros((2, 3, 5)), **args}
    with pytest.raises(error, match=said):
        golden.fuse(**given)


def test_one_row_of_outcomes_is_one_decision_s(golden: Session):
    rising = np.arange(15.0).reshape(1, 3, 5)
    golden.fuse(rising, outcome=np.arange(5.0))
    assert golden.fuse(rising, outcome=np.arange(5.0)).performance[0, 0] == 0.25


@pytest.mark.parametrize("dtype", [np.int16, np.float64])
def test_out_that_overlaps_the_scores_is_refused_however_far_behind(
    session: Session, dtype: type[np.generic]
):
    count = 600
    table = np.dtype((dtype, (3, 5)))
    memory = np.zeros(count * (table.itemsize + DTYPE.itemsize), np.uint8)
    scores = memory[: count * table.itemsize].view(dtype).reshape(count, 3, 5)
    behind = 256 * table.itemsize
    out = memory[behind : behind + count * DTYPE.itemsize].view(DTYPE)
    scores[...] = np.arange(scores.size).reshape(scores.shape) % 97
    before = memory.copy()
    with pytest.raises(ValueError, match="out overlaps scores: give it memory of its own"):
        session.fuse(scores, out=out)
    assert np.array_equal(memory, before)


def test_a_refusal_changes_nothing_of_what_is_learned(session: Session, seed: int):
    args = given_as(drawn(seed, 30))
    wanted = session.fuse(**args).records
    session.reset()
    memory = np.zeros(1, DTYPE)
    overlapping = memory.view(np.uint8)[:30].view(np.int16).reshape(3, 5)
    present = np.array([1, 0, 0, 0, 0])
    refused: list[dict[str, Any]] = [
        {"scores": overlapping, "present": present, "out": memory[0, ...]},
        {"scores": np.zeros((3, 5)), "present": present, "out": np.zeros(2, DTYPE)},
        {"scores": np.zeros((3, 5)), "present": present, "scale": -1.0},
    ]
    for event in range(30):
        for wrong in refused:
            with pytest.raises(ValueError, match=r"out|scale"):
                session.fuse(**wrong)
        got = session.fuse(**{name: value[event] for name, value in args.items()})
        assert got.records[()] == wanted[event]


def test_a_device_that_fails_leaves_the_judged_decision_as_it_was(
    golden: Session, monkeypatch: pytest.MonkeyPatch
):
    rising, up = np.arange(15.0).reshape(3, 5), np.arange(5.0)
    golden.fuse(rising, present=[1, 1, 1, 1, 0])

    def fails(*args: object) -> None:
        raise RuntimeError("no answer")

    with monkeypatch.context() as broken:
        broken.setattr(GoldenFusionDevice, "process", fails)
        with pytest.raises(RuntimeError, match="no answer"):
            golden.fuse(rising, outcome=up)
    # Candidate 4 had no part in the one decision there was, and needs no outcome.
    up[4] = np.nan
    assert golden.fuse(rising, outcome=up).performance[0] == 0.25


def test_raw_scores_are_raw_in_either_byte_order(golden: Session, seed: int):
    args = given_as(drawn(seed, 20))
    wanted = golden.fuse(**args).records
    golden.reset()
    swapped = args["scores"].astype(args["scores"].dtype.newbyteorder())
    assert np.array_equal(golden.fuse(**args | {"scores": swapped}).records, wanted)


def test_a_closed_session_does_not_fuse(golden: Session):
    golden.fuse(np.zeros((3, 5)))
    golden.close()
    with pytest.raises(DeviceError, match="closed"):
        golden.fuse(np.zeros((3, 5)))
