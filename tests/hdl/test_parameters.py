"""Blocks of any parameters that their objects allow are described as hardware."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from hydrophone_hdl.blocks import DATAPATHS
from hydrophone_model.block import Params
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError

SLOW = ("fusion", "signal_pipeline")
"""Whose description takes seconds; other tests have them in several sizes."""


def changed(params: Params, rng: np.random.Generator) -> Params:
    """The parameters with some of the integers at an end of their range, or anywhere within it."""
    new: dict[str, Any] = {}
    for field in fields(params):
        value, limits = getattr(params, field.name), field.metadata
        if isinstance(value, Params):
            new[field.name] = changed(value, rng)
        elif "low" in limits and isinstance(value, int) and rng.random() < 0.4:
            low, high = limits["low"], min(limits["high"], max(64, value))
            near = [low, low + 1, low + 2, value // 2, value, int(rng.integers(low, high + 1))]
            if limits["power_of_two"]:
                near = [1 << place for place in range(13)]
            new[field.name] = int(rng.choice([one for one in near if low <= one <= high]))
    return replace(params, **new)


@pytest.mark.fuzz(2)
def test_a_block_of_any_parameters_is_hardware(fuzz_seed: int) -> None:
    rng, tried = np.random.default_rng(fuzz_seed), 0
    for name in DATAPATHS.keys() - SLOW:
        for _ in range(4):
            try:
                params = changed(BLOCKS[name].params(DesignConfig.preset()), rng)
            except ConfigError:
                continue
            print(name, params)
            assert DATAPATHS[name](params).describe()
            tried += 1
    assert tried > 2 * len(DATAPATHS)


def with_symbols(params: Params, symbols: int) -> Params:
    """The parameters, parts included, for so many symbols."""
    new: dict[str, Any] = {}
    for field in fields(params):
        value = getattr(params, field.name)
        if isinstance(value, Params):
            new[field.name] = with_symbols(value, symbols)
        elif field.name in ("symbols", "classes"):
            new[field.name] = symbols
    return replace(params, **new)


@pytest.mark.parametrize("symbols", [1, 2])
def test_a_block_of_the_fewest_symbols_is_hardware(symbols: int) -> None:
    for name in DATAPATHS.keys() - SLOW:
        params = with_symbols(BLOCKS[name].params(DesignConfig.preset()), symbols)
        assert DATAPATHS[name](params).describe()
