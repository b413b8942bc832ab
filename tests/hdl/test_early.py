"""The early flag is the full comparison's, also for parents a lot beside the limit."""

import random
from collections import deque

import numpy as np
import pytest

from hydrophone_hdl.blocks import stream_block
from hydrophone_model.average import ExponentialAverage
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import SIZE
from hydrophone_model.records import ResultFlag
from hydrophone_model.whale.parent import ParentModel
from hydrophone_model.whale.pipeline import PipelineModel, PipelineParams
from hydrophone_model.whale.volume import first_loud, reference
from hydrophone_sim.engines import ENGINES
from hydrophone_sim.implementations import HardwareImplementation
from hydrophone_sim.tiny import tiny


def around_the_limit(params: PipelineParams, count: int, seed: int) -> tuple[dict[str, Raw], int]:
    """Prints whose parents mostly end a lot beside the smallest loud one; and how many do."""
    rng = random.Random(seed)
    model = ParentModel(params.parent)
    memory = ExponentialAverage(symbols=params.symbols, memory=params.volume.memory)
    left = [deque([SIZE.max + 1] * params.volume.lag) for _ in range(params.symbols)]
    parents, sides = [0] * params.symbols, [0] * params.symbols
    rows: list[dict[str, int]] = []
    near = 0
    for sequence in range(count):
        symbol, side = rng.randrange(2), rng.randrange(2)
        size = int(2 ** rng.uniform(0, 10))
        limit = left[symbol].popleft()
        wanted = limit + rng.choice((-1, 0, 1))
        own = wanted - (parents[symbol] if side == sides[symbol] else 0)
        if 0 <= own <= SIZE.max and rng.random() < 0.7:
            size, near = own, near + 1
        row = {"symbol": symbol, "time_ns": sequence, "price": 100, "size": size, "side": side}
        outputs = model.process(**{name: np.array([value]) for name, value in row.items()})
        if outputs["closed"][0]:
            memory.learn(symbol, parents[symbol])
        parents[symbol], sides[symbol] = int(outputs["parent_size"][0]), side
        mean, values = (np.array([number]) for number in memory.recall(symbol))
        against = reference(params.volume, mean, values)
        left[symbol].append(int(first_loud(against, np.array([params.volume.loud]))[0]))
        rows.append({**row, "sequence": sequence})
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}, near


@pytest.mark.parametrize(
    "engine",
    # CXXRTL takes the compiler half a minute for a pipeline.
    [pytest.param(name, marks=[pytest.mark.large] * (name == "cxxrtl")) for name in ENGINES],
)
def test_the_early_flag_is_exact_at_its_limit(engine: str, seed: int) -> None:
    config = tiny()
    params = config.pipeline
    inputs, near = around_the_limit(params, 4000, seed)
    assert near > 2000
    expected = PipelineModel(params).process(**inputs)
    implementation = HardwareImplementation(
        stream_block("pipeline", config), engine=engine, seed=seed, say=lambda _: None
    )
    # At full speed first, then through stalls.
    for part in (slice(0, 3000), slice(3000, 4000)):
        implementation.process(**{name: column[part] for name, column in inputs.items()})
        results = {name: column[part] for name, column in expected.items()}
        assert implementation.early_difference(results) is None
    assert 0.2 < np.mean(expected["flags"] & ResultFlag.LOUD != 0) < 0.8
