"""``hydrophone schedule``: where a block's registers are, and what it costs, without synthesis."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone_cli.command import CommandError, Commands, Exit
from hydrophone_cli.options import clock, count

if TYPE_CHECKING:
    from hydrophone_hdl.fusion.phases import Phases
    from hydrophone_hdl.hls.view import View
    from hydrophone_model.config import DesignConfig
    from hydrophone_model.timing import Timing

PICTURES = (".svg", ".png")
"""Endings of a picture's name."""
_BUSIEST = 4
"""Modules that a clock names."""


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "schedule",
        help="show where a block's registers are, clock by clock",
        description="Places a block's registers for a device and a clock, and tells its latency, "
        "an estimate of its cost, the slack and the longest path of each clock, and the loop of "
        "each state; of a fusion too large to be worked out side by side, when each of its steps "
        "has its turn. Needs no synthesis.",
    )
    parser.add_argument(
        "block", metavar="BLOCK", help="pipeline for the whole, or one of its parts"
    )
    parser.add_argument(
        "--target", metavar="T", help="device family (default: the configuration's)"
    )
    parser.add_argument(
        "--clock",
        type=clock,
        metavar="MHZ",
        help="clock (default: the configuration's, or the family's)",
    )
    parser.add_argument(
        "--latency",
        type=count,
        metavar="N",
        help="take the fastest clock, up to --clock, that needs no more than N clocks",
    )
    parser.add_argument(
        "--config", default="default", metavar="C", help="a preset or a TOML file (%(default)s)"
    )
    parser.add_argument(
        "--picture", type=Path, metavar="FILE", help=f"draw it, as {' or '.join(PICTURES)}"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone_cli.outputs.files import NewFile, writing
    from hydrophone_cli.outputs.output_conflicts import check_conflicts
    from hydrophone_model.blocks import BLOCKS
    from hydrophone_model.errors import nearest

    if args.block not in BLOCKS:
        raise CommandError(
            f"no block {args.block!r}: use {', '.join(BLOCKS)}{nearest(args.block, BLOCKS)}"
        )
    if args.picture is None:
        view = _view(args)
        for line in _lines(args, view):
            print(line)
        return Exit.DONE
    check_conflicts([args.picture], [args.config])
    ending = args.picture.suffix.lower()
    if ending not in PICTURES:
        raise CommandError(f"{args.picture} has no known ending: use {' or '.join(PICTURES)}")
    # A place that cannot be written is found before the work, not after it.
    with NewFile(args.picture) as file:
        from hydrophone_cli.commands.schedule.picture import draw
        from hydrophone_hdl.hls.view import View

        view = _view(args)
        if not isinstance(view, View):
            raise CommandError(
                f"{args.picture}: a folded {args.block} has no picture: leave it off"
            )
        for line in _lines(args, view):
            print(line)
        with writing(args.picture):
            draw(view, file.draft, name=args.block, form=ending[1:])
        file.publish()
    print(f"\npicture in {args.picture}")
    return Exit.DONE


def _view(args: argparse.Namespace) -> "View | Phases":
    """The schedule that was asked for, or those of a folded fusion's steps."""
    from hydrophone_hdl.blocks import DATAPATHS
    from hydrophone_hdl.fusion.folded import folded
    from hydrophone_hdl.fusion.phases import Phases
    from hydrophone_hdl.hls.scheduler import fastest
    from hydrophone_hdl.hls.view import View
    from hydrophone_model.blocks import BLOCKS
    from hydrophone_model.config import DesignConfig
    from hydrophone_model.fusion.fusion import FusionParams

    config = DesignConfig.load(args.config)
    timing = _timing(args, config)
    params = BLOCKS[args.block].params(config.at(timing))
    if isinstance(params, FusionParams) and folded(params):
        if args.latency is not None:
            raise CommandError(
                f"--latency {args.latency}: a fusion of {params.systems} x {params.candidates} is "
                "folded, its clock is not looked for: leave it off"
            )
        return Phases(params)
    datapath = DATAPATHS[args.block](params)
    if args.latency is None:
        return View(datapath.schedule)
    return View(fastest(datapath.describe, timing, args.latency))


def _timing(args: argparse.Namespace, config: "DesignConfig") -> "Timing":
    """Target and clock: those asked for, else the configuration's, else the family's."""
    from hydrophone_model.timing import FASTEST_MHZ

    clock = FASTEST_MHZ if args.clock is None and args.latency is not None else args.clock
    return config.pipeline.timing.moved(args.target, clock)


# -- what a person sees ---------------------------------------------------------------------------


def _lines(args: argparse.Namespace, view: "View | Phases") -> Iterator[str]:
    from hydrophone_hdl.hls.view import View

    if not isinstance(view, View):
        yield from _phases(args, view)
        return
    schedule = view.schedule
    latency = _lasting(schedule.latency, schedule.timing)
    if schedule.early_latency:
        latency += f"; of early results {_lasting(schedule.early_latency, schedule.timing)}"
    yield from _head(args, schedule.timing, latency)
    yield f"estimate    {view.estimate}"
    operations, states = len(view.operations), len(view.loops)
    yield f"described   {_several(operations, 'operation')}, {_several(states, 'state')}"
    for part in (_stages(view), _states(view), _critical(view)):
        yield from part


def _head(args: argparse.Namespace, timing: "Timing", latency: str) -> Iterator[str]:
    yield f"{args.block}, configuration {args.config}"
    yield f"clock       {timing}, {timing.period_ps / 1e3:.2f} ns"
    yield f"latency     {latency}"


def _several(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _lasting(clocks: int, timing: "Timing") -> str:
    return f"{_several(clocks, 'clock')}, {clocks * timing.period_ps / 1e3:.1f} ns"


def _phases(args: argparse.Namespace, phases: "Phases") -> Iterator[str]:
    from hydrophone_hdl.hls.estimate import estimate

    timing = phases.params.timing
    yield from _head(args, timing, _lasting(phases.latency, timing))
    yield f"folded      a decision every {_lasting(phases.initiation_interval, timing)}"
    yield f"\n{'step':10} {'from clock':>10} {'inputs':>7} {'latency':>8} {'until':>6}  estimate"
    for phase in phases.all:
        step = type(phase.step).__name__.lower()
        yield (
            f"{step:10} {phase.start:10} {phase.count:7} {phase.step.schedule.latency:8} "
            f"{phase.end:6}  {estimate(phase.step.schedule)}"
        )
    yield "a step is given an input a clock; scores and results that are stored are not estimated"


def _stages(view: "View") -> Iterator[str]:
    yield f"\n{'clock':>5} {'slack ns':>9} {'operations':>11} {'registers':>10}  where"
    for stage in view.stages:
        busy = [f"{module} {count}" for module, count in stage.busiest[:_BUSIEST]]
        if len(stage.busiest) > _BUSIEST:
            busy.append(f"elsewhere {sum(count for _, count in stage.busiest[_BUSIEST:])}")
        yield (
            f"{stage.clock:5} {stage.slack_ps / 1e3:9.2f} {stage.operations:11,} "
            f"{stage.leaving:10,}  {', '.join(busy)}"
        )
        if stage.summary:
            yield f"{'':6}{stage.summary}"
    yield "slack is that of the path named; registers are the bits that wait for the next clock"


def _states(view: "View") -> Iterator[str]:
    if not view.loops:
        return
    width = max(len("state"), *(len(loop.name) for loop in view.loops))
    yield f"\n{'state':{width}} {'depth':>6} {'bits':>5} {'clock':>6} {'slack ns':>9}  read from"
    for loop in view.loops:
        yield (
            f"{loop.name:{width}} {loop.depth:6,} {loop.width:5,} {loop.clock:6} "
            f"{loop.slack_ps / 1e3:9.2f}  {loop.reading.value}"
        )
    yield "slack is that of the way to the state's successor"


def _critical(view: "View") -> Iterator[str]:
    from hydrophone_hdl.hls.schedule import path_text

    stage = view.tightest
    yield f"\ntightest path, on clock {stage.clock}, {stage.slack_ps / 1e3:.2f} ns to spare:"
    yield path_text(stage.path)
