"""``hydrophone verify``: proves that hardware, engine and model are equal, to the last bit."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone.cli import verify_cocotb, verify_compiled, verify_vectors
from hydrophone.cli.contract import DATA, CommandError, Commands, Exit
from hydrophone.cli.options import clock, count, seed

if TYPE_CHECKING:
    from hydrophone_model.config import DesignConfig
    from hydrophone_model.timing import Timing

ENGINES = ("cxxrtl", "verilated", "kernel", "cocotb")
DEFAULT_ENGINES = ("cxxrtl", "verilated", "kernel")
OUT = Path("build/verify")
"""Where logs and waveforms go."""


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "verify",
        help="prove that hardware, engine and model give equal bits",
        description="Holds the hardware, compiled by two simulators for each target, and the C++ "
        "engine against the golden model, block by block and as a whole. Any difference ends in "
        "exit code 1, with the first event that differs and a waveform. What is compiled for the "
        "first time takes minutes, the pipeline longest; one --target or --engine takes less.",
    )
    parser.add_argument("blocks", nargs="*", metavar="BLOCK", help="default: all, and the pipeline")
    parser.add_argument(
        "--engine",
        action="append",
        choices=ENGINES,
        help=f"may be given several times (default: {', '.join(DEFAULT_ENGINES)}); cocotb watches "
        "every pin on every clock, with the pipeline also those of the design top",
    )
    parser.add_argument(
        "--events",
        type=count,
        metavar="N",
        help=f"events of each source (default: {verify_compiled.EVENTS:,}; for "
        f"cocotb and vectors {verify_cocotb.EVENTS:,})",
    )
    parser.add_argument("--seed", type=seed, default=1, metavar="S", help="default: %(default)s")
    parser.add_argument(
        "--config",
        default="default",
        metavar="C",
        help="a preset, a TOML file, or tiny, for proofs",
    )
    parser.add_argument(
        "--target",
        action="append",
        metavar="T",
        help="device family; may be given several times (default: all, each at its clock and the "
        "configuration's own at the configuration's)",
    )
    parser.add_argument(
        "--clock",
        type=clock,
        metavar="MHZ",
        help="of the targets given, else of the configuration's alone",
    )
    parser.add_argument(
        "--data",
        action="append",
        type=Path,
        metavar="TAPE",
        help=f"real tapes, files or folders (default: ${DATA}, else the fetched samples)",
    )
    parser.add_argument(
        "--vectors",
        nargs="+",
        metavar=("write DIR | check VECTORS RESULTS", "BLOCK"),
        help="write stimulus and expected results for an implementation that is not ours, or "
        "check its results; see docs/vectors.md",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone_model.blocks import BLOCKS
    from hydrophone_model.errors import nearest
    from hydrophone_sim.tiny import load

    unknown = [block for block in args.blocks if block not in BLOCKS]
    if unknown:
        near = nearest(unknown[0], BLOCKS)
        raise CommandError(f"no block {unknown[0]!r}: use {', '.join(BLOCKS)}{near}")
    config = load(args.config)
    engines: list[str] = args.engine or list(DEFAULT_ENGINES)
    if args.vectors is not None:
        return verify_vectors.exchange(args, config, args.blocks)
    blocks = _blocks(args.blocks, config) if engines != ["kernel"] else args.blocks or list(BLOCKS)
    timings = _timings(args, config)
    codes: list[Exit] = []
    compiled = [engine for engine in engines if engine != "cocotb"]
    if args.data and not compiled:
        raise CommandError("cocotb reads no tape: leave out --data, or name another --engine too")
    if compiled:
        codes.append(verify_compiled.prove(args, config, blocks, compiled, timings, OUT))
    if "cocotb" in engines:
        codes += [verify_cocotb.bench(args, config.at(timing), blocks, OUT) for timing in timings]
    return Exit.FAILED if Exit.FAILED in codes else max(codes)


def _blocks(named: list[str], config: "DesignConfig") -> list[str]:
    """Blocks to prove in hardware: those named, or all that the configuration's sizes allow.

    Raises:
        ConfigError: One that was named is too large.
    """
    from hydrophone_hdl.blocks import DATAPATHS
    from hydrophone_model.blocks import BLOCKS
    from hydrophone_model.errors import ConfigError

    allowed: list[str] = []
    for name in named or BLOCKS:
        try:
            DATAPATHS[name](BLOCKS[name].params(config))
        except ConfigError as refusal:
            if named:
                raise
            print(f"{name} is passed over: {refusal}", file=sys.stderr)
        else:
            allowed.append(name)
    return allowed


def _timings(args: argparse.Namespace, config: "DesignConfig") -> list["Timing"]:
    """What the hardware is proved for."""
    from hydrophone_model.timing import FAMILIES

    own = config.pipeline.timing
    targets: list[str] = args.target or (list(FAMILIES) if args.clock is None else [own.target])
    return [own.moved(target, args.clock) for target in dict.fromkeys(targets)]
