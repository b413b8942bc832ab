"""Every block has its implementations under one name: model, hardware, kernel."""

from pathlib import Path

import pytest

from hydrophone_hdl.blocks import DATAPATHS
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig

ROOT = Path(__file__).resolve().parents[1]
CONFIG = DesignConfig.preset()


@pytest.mark.parametrize("name", BLOCKS)
def test_block_lies_under_one_basename(name: str) -> None:
    home = BLOCKS[name].module.__name__.split(".")[1]
    files = {
        "model": ROOT / f"pymodel/hydrophone_model/{home}/{name}.py",
        "hardware": ROOT / f"hdl/hydrophone_hdl/{home}/{name}.py",
        "kernel": ROOT / f"host/kernels/{home}/{name}.hpp",
    }
    missing = [kind for kind, path in files.items() if not path.is_file()]
    assert not missing, f"{name} has no {missing}"


@pytest.mark.parametrize("name", BLOCKS)
def test_hardware_takes_the_model_s_parameters(name: str) -> None:
    params = BLOCKS[name].params(CONFIG)
    assert DATAPATHS[name](params).params is params
    assert params.name == name
