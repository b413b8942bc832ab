"""Every block has its four faces under one name: model, hardware, kernel, and a proof."""

from pathlib import Path

import pytest

from hydrophone_hdl.blocks import DATAPATHS
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig

ROOT = Path(__file__).resolve().parents[1]
CONFIG = DesignConfig.preset()


def test_hardware_has_every_block_of_the_model() -> None:
    assert list(DATAPATHS) == list(BLOCKS)


@pytest.mark.parametrize("name", BLOCKS)
def test_block_lies_under_one_basename(name: str) -> None:
    home = type(BLOCKS[name].model(BLOCKS[name].params(CONFIG))).__module__.split(".")[1]
    faces = {
        "model": ROOT / f"pymodel/hydrophone_model/{home}/{name}.py",
        "hardware": ROOT / f"hdl/hydrophone_hdl/{home}/{name}.py",
        "kernel": ROOT / f"host/kernels/{home}/{name}.hpp",
    }
    missing = [face for face, path in faces.items() if not path.is_file()]
    assert not missing, f"{name} has no {missing}"


@pytest.mark.parametrize("name", BLOCKS)
def test_hardware_takes_the_model_s_parameters(name: str) -> None:
    params = BLOCKS[name].params(CONFIG)
    assert DATAPATHS[name](params).params is params
    assert params.name == name
