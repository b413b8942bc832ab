"""The record of a decision holds every value of every port."""

import numpy as np
import pytest
from tests.model.fusion.tables import tables

from hydrophone_model.fusion.decision import decision_dtype, write_decisions
from hydrophone_model.fusion.fusion import FUSION_PRESETS, FusionModel, FusionParams


@pytest.mark.parametrize(
    "params", [*FUSION_PRESETS.values(), FusionParams(systems=3, candidates=5)], ids=str
)
def test_a_record_tells_what_the_ports_tell(params: FusionParams, seed: int):
    outputs = FusionModel(params).process(**tables(params, np.random.default_rng(seed), 20))
    dtype = decision_dtype(params)
    decisions = np.zeros(20, dtype)
    write_decisions(outputs, decisions)
    for name, port in params.outputs.items():
        field = decisions[name].reshape(outputs[name].shape)
        assert np.array_equal(field, outputs[name]), name
        if field.dtype != np.bool_:
            limits = np.iinfo(field.dtype)
            assert limits.min <= port.format.min <= port.format.max <= limits.max, name
    assert set(dtype.names or ()) == set(params.outputs)
