"""The pipeline is its blocks in a row, and records are its columns."""

import numpy as np
import pytest
from tests.model.stimulus import stimulus

from hydrophone_model.config import DesignConfig
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Raw
from hydrophone_model.records import EVENT, RESULT, Kind, ResultFlag
from hydrophone_model.whale.alert import AlertModel, AlertParams
from hydrophone_model.whale.parent import ParentModel, ParentParams
from hydrophone_model.whale.pattern import PatternModel
from hydrophone_model.whale.pipeline import PipelineModel, PipelineParams
from hydrophone_model.whale.score import TERMS, Evidence, ScoreModel
from hydrophone_model.whale.volume import VolumeModel

PARAMS = DesignConfig.build(
    {
        "symbols": 8,
        "classes": 4,
        "volume": {"loud": 150},
        "score": {"weights": [10 * term + 5 for term in range(TERMS)]},
        "alert": {"budget": 50_000},
    },
    name="small",
).pipeline


def events(seed: int, count: int = 1500) -> dict[str, Raw]:
    inputs = stimulus(PARAMS, np.random.default_rng(seed), count)
    inputs["time_ns"] = np.sort(inputs["time_ns"])
    swapped = np.arange(10, count, 50)
    inputs["time_ns"][swapped] = 0
    inputs["size"], inputs["price"] = (np.maximum(inputs[n], 1) for n in ("size", "price"))
    return inputs


def test_it_is_its_blocks_in_a_row(seed: int):
    tape = events(seed)
    symbol = tape["symbol"]
    parent = ParentModel(PARAMS.parent).process(**{n: tape[n] for n in PARAMS.parent.inputs})
    known = {**tape, **parent, "print": log2(tape["size"]), "parent": log2(parent["parent_size"])}
    volume = VolumeModel(PARAMS.volume).process(**{n: known[n] for n in PARAMS.volume.inputs})
    known |= volume
    pattern = PatternModel(PARAMS.pattern).process(**{n: known[n] for n in PARAMS.pattern.inputs})
    columns = {
        Evidence.PRINT: volume["above_print"],
        Evidence.PARENT: volume["above_parent"],
        Evidence.WINDOW: volume["z_window"],
        Evidence.SURPRISE: pattern["surprise"],
        Evidence.ORDER: pattern["order"],
        Evidence.PERSISTENCE: pattern["persistence"],
        Evidence.IMPACT: pattern["impact"],
        Evidence.MATCH_BLOCK: pattern["match"][:, Kind.BLOCK],
        Evidence.MATCH_SWEEP: pattern["match"][:, Kind.SWEEP],
        Evidence.MATCH_ICEBERG: pattern["match"][:, Kind.ICEBERG],
        Evidence.MATCH_SLICED: pattern["match"][:, Kind.SLICED],
    }
    evidence = np.stack([columns[term] for term in Evidence], axis=-1)
    joined, sized, weighed = PipelineModel(PARAMS).evidence(**tape)
    assert np.array_equal(weighed, evidence)
    assert all(np.array_equal(sized[name], volume[name]) for name in volume)
    assert all(np.array_equal(joined[name], parent[name]) for name in parent)
    heads = ScoreModel(PARAMS.score).process(symbol=symbol, evidence=evidence)["heads"]
    known["heads"] = heads
    alert = AlertModel(PARAMS.alert).process(**{n: known[n] for n in PARAMS.alert.inputs})
    got = PipelineModel(PARAMS).process(**tape)
    for name, values in {**tape, **alert, **parent, "heads": heads}.items():
        if name in PARAMS.outputs:
            assert np.array_equal(got[name], values), name
    flags = {
        ResultFlag.ALERT: alert["alert"], ResultFlag.EPISODE: alert["episode"],
        ResultFlag.JOINED: parent["joined"], ResultFlag.LATE: parent["late"],
        ResultFlag.LOUD: volume["loud"],
    }  # fmt: skip
    for flag, values in flags.items():
        assert np.array_equal((got["flags"] & flag) != 0, values != 0), flag
        assert values.any(), f"the tape should raise {flag!r}"
    assert not np.any(got["flags"] & ~sum(flags))


def test_records_are_the_columns(seed: int):
    tape = events(seed, 300)
    records = np.zeros(300, EVENT.dtype)
    for name, values in tape.items():
        records[name] = values
    records["flags"], records["reserved"] = 255, 2**32 - 1
    results = PipelineModel(PARAMS).process_records(records)
    assert results.dtype == RESULT.dtype
    columns = PipelineModel(PARAMS).process(**tape)
    assert set(columns) == set(RESULT.dtype.names or ())
    for name, values in columns.items():
        assert np.array_equal(results[name], values), name


def test_what_an_event_says_comes_back(seed: int):
    tape = events(seed, 300)
    got = PipelineModel(PARAMS).process(**tape)
    for name in ("time_ns", "sequence", "price", "symbol", "side"):
        assert np.array_equal(got[name], tape[name])
    assert np.array_equal(got["score"], got["heads"].max(axis=1))


def test_what_is_offered_early_is_offered_again_with_the_rest():
    assert set(PARAMS.early) == {"sequence", "symbol", "side", "parent_size", "loud"}
    again = {**PARAMS.outputs, "loud": PARAMS.volume.outputs["loud"]}
    assert PARAMS.early.items() <= again.items()
    assert not PARAMS.volume.early


def test_early_columns_are_told_by_the_results(seed: int):
    outputs = PipelineModel(PARAMS).process(**events(seed, 300))
    early = PARAMS.early_of(outputs)
    assert list(early) == list(PARAMS.early)
    assert np.array_equal(early["loud"], (outputs["flags"] & ResultFlag.LOUD) != 0)
    for name in ("sequence", "symbol", "side", "parent_size"):
        assert np.array_equal(early[name], outputs[name])


def test_disagreeing_blocks_are_refused():
    with pytest.raises(
        ConfigError, match=r"volume\.symbols = 64 is not allowed: use 32, the symbols of the parent"
    ):
        PipelineParams(parent=ParentParams(symbols=32))
    with pytest.raises(
        ConfigError, match=r"alert\.classes = 8 is not allowed: use 16, the classes of the score"
    ):
        PipelineParams(alert=AlertParams(classes=8))
