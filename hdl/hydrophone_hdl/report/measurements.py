"""Rows of the implementation report: one design on one target, estimated and measured.

Measuring takes the tools minutes, so that what they found is kept in a file beside theirs. It
holds for as long as the design's Verilog, the tools and the way of measuring are the same; the
estimate is made anew each time.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from hydrophone_hdl import synthesis
from hydrophone_hdl.block import ControlledBlock, Datapath, StreamBlock
from hydrophone_hdl.blocks import DATAPATHS
from hydrophone_hdl.component import Component
from hydrophone_hdl.hls.estimate import Estimate, estimate
from hydrophone_hdl.synthesis import verilog_of
from hydrophone_hdl.synthesis.synthesise import Progress, Result, synthesise
from hydrophone_hdl.top import WhaleTop
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.fusion.fusion import FUSION_PRESETS
from hydrophone_model.targets import TARGETS
from hydrophone_model.timing import Timing
from hydrophone_model.whale.pipeline import PipelineParams

WHOLE = "pipeline"
"""The block that stands for the whole design: it is built as the design top."""
SMALLER = {"fusion": FUSION_PRESETS["small"]}
"""Blocks that are measured in a smaller size: synthesis of the usual one takes most of an hour, and
only the largest parts have its multipliers."""
ALONE = tuple(
    name for name in DATAPATHS if name not in (WHOLE, "pattern", "signals", "signal_pipeline")
)
"""The blocks to measure alone: those that are not put together from others."""
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


Rows = Mapping[tuple[str, str], Row]
"""By block and target."""


def measure_rows(
    preset: str,
    targets: Sequence[str],
    blocks: Sequence[str],
    work: Path,
    progress: Progress,
    *,
    jobs: int | None = None,
) -> Rows:
    """The rows of blocks on targets; only those are measured that are not there already.

    Args:
        preset: Named design configuration.
        targets: Some of `TARGETS`.
        blocks: Some of `ALONE`, and `WHOLE`; the first are begun first.
        work: Folder of the rows, and for the tools' files.
        progress: Told of each step.
        jobs: Designs to synthesise at a time; one a processor unless given.

    Raises:
        SynthesisError: A tool failed; what was finished until then is kept.
    """
    config = DesignConfig.preset(preset)
    rows: dict[tuple[str, str], Row] = {}
    with ProcessPoolExecutor(jobs or os.cpu_count()) as pool:
        orders = {
            pool.submit(measured_row, name, target, config, work): (name, target)
            for name in blocks
            for target in targets
        }
        for done in as_completed(orders):
            name, target = orders[done]
            row = rows[name, target] = done.result()
            progress(f"{len(rows)} of {len(orders)}: {name} for {target}")
            for hop in row.result.path if name == WHOLE else ():
                progress(f"    {hop}")
    return rows


def finished_rows(preset: str, targets: Sequence[str], blocks: Sequence[str], work: Path) -> Rows:
    """The rows that `measure_rows` has left in a folder, as far as they still hold."""
    config = DesignConfig.preset(preset)
    found = {
        (name, target): finished_row(name, target, config, work)
        for name in blocks
        for target in targets
    }
    return {key: row for key, row in found.items() if row is not None}


def measured_row(name: str, target: str, config: DesignConfig, work: Path) -> Row:
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
    result = _stored_result(folder, key)
    if result is None:
        result = synthesise(design, target, folder, progress=_quiet)
        text = json.dumps({"of": key, "result": asdict(result)}, indent=1)
        # Whoever looks finds the whole file or none.
        draft = folder / f"{FINISHED}.new"
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(folder / FINISHED)
    return _row(name, datapath, result)


def finished_row(name: str, target: str, config: DesignConfig, work: Path) -> Row | None:
    """The row of a block if it was measured before, as the block is now; None otherwise."""
    datapath = _datapath(name, target, config)
    result = _stored_result(work / f"{name}-{target}", _key(_design(name, datapath), target))
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
    """A digest of all that a result follows from."""
    family = TARGETS[target]
    parts = [
        target,
        repr((family.synth, family.cells, family.timing)),
        verilog_of(design()),
        *(f"{tool} {version(tool)}" for tool in family.tools),
        *_sources(),
    ]
    return sha256("\0".join(parts).encode()).hexdigest()


def _sources() -> Iterator[str]:
    """The way of measuring: the source of every module of synthesis."""
    for folder in synthesis.__path__:
        for file in sorted(Path(folder).glob("*.py")):
            yield file.read_text(encoding="utf-8")


def _stored_result(folder: Path, key: str) -> Result | None:
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
