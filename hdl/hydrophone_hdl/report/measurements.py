"""Rows of the implementation report: one design on one target, estimated and measured.

Measuring takes the tools minutes, so that what they found is kept in a file beside theirs. It
holds for as long as the design's Verilog, the tools and the way of measuring are the same; the
estimate is made anew each time.
"""

import inspect
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from hydrophone_hdl.block import ControlledBlock, Datapath, StreamBlock
from hydrophone_hdl.blocks import DATAPATHS
from hydrophone_hdl.component import Component
from hydrophone_hdl.hls.estimate import Estimate, estimate
from hydrophone_hdl.synthesis import flow as synthesis
from hydrophone_hdl.synthesis import xilinx
from hydrophone_hdl.synthesis.flow import TARGETS, Result, synthesise
from hydrophone_hdl.top import WhaleTop
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.fusion.fusion import FUSION_PRESETS
from hydrophone_model.timing import Timing
from hydrophone_model.whale.pipeline import PipelineParams

WHOLE = "pipeline"
"""The block that stands for the whole design: it is built as the design top."""
SMALLER = {"fusion": FUSION_PRESETS["small"]}
"""Blocks that are measured in a smaller size: synthesis of the usual one takes most of an hour, and
only the largest parts have its multipliers."""
FINISHED = "row.json"
"""The file of what was measured, in the folder of the tools' files."""


@dataclass(frozen=True)
class Row:
    """One design on one target: what its schedule said and what the tools did.

    Attributes:
        period_ns: Clock period that the schedule's longest path needs.
    """

    block: str
    estimate: Estimate
    period_ns: float
    result: Result


def measured(name: str, target: str, config: DesignConfig, work: Path) -> Row:
    """The row of a block, measured unless it is there already.

    Args:
        name: One of `DATAPATHS`.
        target: One of `TARGETS`, whose own clock is asked for.
        config: The configuration that the block's parameters are of.
        work: Folder of all rows' files.

    Raises:
        SynthesisError: A tool failed.
    """
    datapath = _datapath(name, target, config)
    design, folder = _design(name, datapath), work / f"{name}-{target}"
    key = _key(design, target)
    result = _kept(folder, key)
    if result is None:
        result = synthesise(design, target, folder, progress=_quiet)
        text = json.dumps({"of": key, "result": asdict(result)}, indent=1)
        # Whoever looks finds the whole file or none.
        draft = folder / f"{FINISHED}.new"
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(folder / FINISHED)
    return _row(name, datapath, result)


def finished(name: str, target: str, config: DesignConfig, work: Path) -> Row | None:
    """The row of a block if it was `measured` before, as the block is now; None otherwise."""
    datapath = _datapath(name, target, config)
    result = _kept(work / f"{name}-{target}", _key(_design(name, datapath), target))
    return result and _row(name, datapath, result)


def _datapath(name: str, target: str, config: DesignConfig) -> Datapath:
    timing = Timing.of(target)
    smaller = SMALLER.get(name)
    params = smaller.at(timing) if smaller else BLOCKS[name].params(config.at(timing))
    return DATAPATHS[name](params)


def _design(name: str, datapath: Datapath) -> Callable[[], Component]:
    """What makes the component that is synthesised."""
    params = datapath.params
    if name == WHOLE and isinstance(params, PipelineParams):
        return lambda: WhaleTop(params)
    return lambda: ControlledBlock(datapath) if datapath.controls else StreamBlock(datapath)


def _row(name: str, datapath: Datapath, result: Result) -> Row:
    schedule = datapath.schedule
    return Row(
        block=name,
        estimate=estimate(schedule),
        period_ns=(schedule.critical[-1].at_ps + schedule.clock.model.setup_ps) / 1e3,
        result=result,
    )


def _key(design: Callable[[], Component], target: str) -> str:
    """Stands for all that a result follows from."""
    parts = [
        target,
        synthesis.verilog_of(design()),
        *(f"{tool} {version(tool)}" for tool in TARGETS[target].tools),
        *(inspect.getsource(module) for module in (synthesis, xilinx)),
    ]
    return sha256("\0".join(parts).encode()).hexdigest()


def _kept(folder: Path, key: str) -> Result | None:
    """The result of a key in a folder, if that is what it holds."""
    try:
        content = json.loads((folder / FINISHED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if content["of"] != key:
        return None
    result = content["result"]
    return Result(**result | {name: tuple(result[name]) for name in ("path", "untimed")})


def _quiet(_: str) -> None: ...
