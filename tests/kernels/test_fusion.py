"""The fusion engine from Python: equal decisions, what may be left out, what it refuses."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.kernels.stimulus import cuts
from tests.model.fusion.tables import tables

from hydrophone.engine import FusionEngine, isas
from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.combine import Combination
from hydrophone_model.fusion.decision import write_decisions
from hydrophone_model.fusion.fusion import FUSION_PRESETS, FusionModel, FusionParams

DEFAULT = FUSION_PRESETS["default"]
ODD = FusionParams(systems=5, candidates=11)
WIDE = FusionParams(systems=9, candidates=37)
EVENTS = 300


def arguments(params: FusionParams, columns: dict[str, Raw]) -> dict[str, NDArray[Any]]:
    """Columns of the block as the engine takes them."""
    shape = (-1, params.systems, params.candidates)
    return {
        "scores": columns["scores"].astype(np.int16).reshape(shape),
        "present": columns["present"].astype(np.bool_),
        "outcome": columns["outcome"].astype(np.int16),
        "learn": columns["learn"].astype(np.bool_),
    }


def run(engine: FusionEngine, given: dict[str, NDArray[Any]]) -> NDArray[np.void]:
    decisions = np.zeros(len(given["scores"]), engine.dtype)
    engine.process(decisions=decisions, **given)
    return decisions


def expected(
    params: FusionParams, columns: dict[str, Raw], model: FusionModel | None = None
) -> NDArray[np.void]:
    model = model or FusionModel(params)
    decisions = np.zeros(len(columns["learn"]), FusionEngine(params).dtype)
    write_decisions(model.process(**columns), decisions)
    return decisions


@pytest.mark.parametrize("params", [*FUSION_PRESETS.values(), ODD], ids=str)
@pytest.mark.parametrize("isa", isas().available)
def test_decisions_are_the_model_s_however_they_are_cut(isa: str, params: FusionParams, seed: int):
    rng = np.random.default_rng(seed)
    columns = tables(params, rng, EVENTS)
    given, want = arguments(params, columns), expected(params, columns)
    engine = FusionEngine(params, isa=isa)
    parts = [run(engine, {k: v[cut] for k, v in given.items()}) for cut in cuts(rng, EVENTS)]
    assert np.array_equal(np.concatenate(parts), want)
    engine.reset()
    assert np.array_equal(run(engine, given), want)


@pytest.mark.parametrize("params", [DEFAULT, ODD, WIDE], ids=str)
@pytest.mark.parametrize("isa", isas().available)
def test_decisions_taken_alone_are_the_model_s(isa: str, params: FusionParams, seed: int):
    columns = tables(params, np.random.default_rng(seed), 40)
    given = arguments(params, columns)
    for combination in Combination:
        choice = replace(params, combination=combination)
        engine = FusionEngine(choice, isa=isa)
        got = [run(engine, {k: v[i : i + 1] for k, v in given.items()}) for i in range(40)]
        assert np.array_equal(np.concatenate(got), expected(choice, columns)), combination


@pytest.mark.parametrize("isa", isas().available)
def test_what_is_left_out_is_everybody_and_nothing(isa: str, seed: int):
    columns = tables(ODD, np.random.default_rng(seed), EVENTS)
    columns["present"][:] = 1
    columns["learn"][:] = 0
    scores = arguments(ODD, columns)["scores"]
    got = run(FusionEngine(ODD, isa=isa), {"scores": scores})
    assert np.array_equal(got, expected(ODD, columns))
    assert not got["performance"].any()


@pytest.mark.parametrize("isa", isas().available)
def test_another_combination_decides_from_then_on(isa: str, seed: int):
    columns = tables(DEFAULT, np.random.default_rng(seed), EVENTS)
    engine, model = FusionEngine(DEFAULT, isa=isa), FusionModel(DEFAULT)
    for number, combination in enumerate(Combination):
        params = replace(DEFAULT, combination=combination)
        engine.reconfigure(params)
        model.params = params
        assert engine.params is params
        some = {name: column[number::6] for name, column in columns.items()}
        got = run(engine, arguments(params, some))
        assert np.array_equal(got, expected(params, some, model)), combination
    with pytest.raises(ValueError, match="another number of systems or candidates"):
        engine.reconfigure(ODD)
    assert engine.params.combination == Combination.RANK_PERFORMANCE


def test_wrong_arrays_are_named():
    engine = FusionEngine(ODD)
    columns = tables(ODD, np.random.default_rng(1), 20)
    good: dict[str, Any] = {**arguments(ODD, columns), "decisions": np.zeros(20, engine.dtype)}
    frozen = good["decisions"].copy()
    frozen.flags.writeable = False
    flat = good["scores"].reshape(20, -1)
    inside = good["scores"].reshape(-1).view(np.uint8)[: 3 * engine.dtype.itemsize]
    cases: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"scores": good["scores"].astype(int)}, TypeError, "scores has dtype int64: give int16"),
        ({"scores": flat}, ValueError, r"scores has the shape \(20, 55\): give .*\(20, 5, 11\)"),
        ({"scores": good["scores"][:-1]}, ValueError, r"shape \(19, 5, 11\): give the shape \(20"),
        ({"scores": good["scores"][:, :, ::-1]}, ValueError, "scores is not contiguous"),
        ({"present": columns["present"]}, TypeError, "present has dtype int64: give bool"),
        ({"learn": good["learn"][:3]}, ValueError, r"learn has the shape \(3\)"),
        ({"outcome": None}, ValueError, "outcome and learn belong together"),
        ({"decisions": frozen}, ValueError, "decisions is read-only"),
        ({"decisions": np.zeros(20)}, TypeError, "decisions has dtype float64: give"),
        ({"decisions": inside.view(engine.dtype)}, ValueError, "give the shape"),
        (
            {
                "scores": good["scores"][:3],
                "decisions": inside.view(engine.dtype),
                **dict.fromkeys(("present", "outcome", "learn")),
            },
            ValueError,
            "decisions overlaps scores",
        ),
        ({"scores": [1, 2]}, TypeError, "scores is a list: give a NumPy array"),
    ]
    for wrong, error, text in cases:
        with pytest.raises(error, match=text):
            engine.process(**{**good, **wrong})
    assert np.array_equal(run(engine, arguments(ODD, columns)), expected(ODD, columns))


def test_no_decisions_are_none():
    engine = FusionEngine(ODD)
    engine.process(np.zeros((0, 5, 11), np.int16), np.zeros(0, engine.dtype))


def test_an_unknown_instruction_set_is_refused():
    with pytest.raises(ValueError, match="isa = 'mmx' is not available here"):
        FusionEngine(ODD, isa="mmx")
