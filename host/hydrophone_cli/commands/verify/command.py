"""``hydrophone verify``: proves that hardware, engine and model are equal, to the last bit."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import hydrophone
from hydrophone_cli.command import DATA, CommandError, Commands, Exit
from hydrophone_cli.commands.verify import cocotb as verify_cocotb
from hydrophone_cli.commands.verify import compiled as verify_compiled
from hydrophone_cli.commands.verify import listing as verify_list
from hydrophone_cli.commands.verify import vectors as verify_vectors
from hydrophone_cli.options import clock, count, seed

if TYPE_CHECKING:
    from hydrophone_cli.commands.verify.report import Report
    from hydrophone_model.config import DesignConfig
    from hydrophone_model.timing import Timing
    from hydrophone_sim.named import Named

ENGINES = ("cxxrtl", "verilated", "kernel", "cocotb")
DEFAULT_ENGINES = ("cxxrtl", "verilated", "kernel")
OUT = Path("build/verify")
"""Default folder of logs and waveforms."""
REPORT = "report.json"
SEED = 1
WITH_VECTORS = {"write": ("events", "seed", "config"), "check": ("json", "junit")}
"""Options that do something beside ``--vectors``."""


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
    parser.add_argument(
        "blocks",
        nargs="*",
        metavar="BLOCK",
        help="blocks to prove (default: all, and the pipeline); your own as FILE.py:CLASS or "
        "MODULE:CLASS, see docs/custom-block.md",
    )
    parser.add_argument(
        "--engine",
        action="append",
        choices=ENGINES,
        help="engine to prove; may be given several times (default: "
        f"{', '.join(DEFAULT_ENGINES)}); cocotb watches every pin on every clock, with the "
        "pipeline also those of the design top",
    )
    parser.add_argument(
        "--events",
        type=count,
        metavar="N",
        help=f"events of each source (default: {verify_compiled.EVENTS:,}; for "
        f"cocotb and vectors {verify_cocotb.EVENTS:,})",
    )
    parser.add_argument(
        "--seed", type=seed, metavar="S", help=f"seed of the stimulus (default: {SEED})"
    )
    parser.add_argument(
        "--config",
        metavar="C",
        help="configuration: a preset, a TOML file, or tiny, which is for proofs",
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
        help="clock of the targets given, else of the configuration's alone",
    )
    parser.add_argument(
        "--data",
        action="append",
        type=Path,
        metavar="TAPE",
        help=f"real tapes, files or folders (default: ${DATA}, else the fetched samples)",
    )
    parser.add_argument(
        "--model",
        metavar="REF",
        help="golden model of your own block (default: XModel for XParams)",
    )
    parser.add_argument(
        "--kernel", type=Path, metavar="FILE", help="C++ kernel of your own block, to be proved too"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help=f"where waveforms, logs and {REPORT} go (default: {OUT}, without {REPORT})",
    )
    parser.add_argument(
        "--coverage",
        action="store_true",
        help="count lines and toggles of the verilated hardware; a table, and FILE.info for lcov",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write a report for CI systems")
    parser.add_argument(
        "--list", action="store_true", help="list blocks, engines, targets and configurations"
    )
    parser.add_argument(
        "--vectors",
        nargs="+",
        metavar=("write DIR | check VECTORS RESULTS", "BLOCK"),
        help="write stimulus and expected results for an implementation that is not ours, or "
        "check its results; see docs/vectors.md",
    )
    options = tuple(action.dest for action in parser._actions)
    parser.set_defaults(run=partial(run, options=options))


def run(args: argparse.Namespace, options: Sequence[str]) -> int:
    """Runs the command; ``options`` are the names of all there are."""
    from hydrophone_sim.tiny import load

    given = [name for name in options if getattr(args, name, None) not in (None, False, [])]
    if args.list:
        _refuse_beside("--list", given, ("list", "json"))
        verify_list.print_listing(ENGINES, as_json=args.json)
        return Exit.DONE
    if args.vectors is not None:
        allowed = WITH_VECTORS.get(args.vectors[0], tuple(given))
        _refuse_beside(f"--vectors {args.vectors[0]}", given, ("vectors", "blocks", *allowed))
    args.seed = SEED if args.seed is None else args.seed
    config = load(args.config or "default")
    if args.vectors is not None:
        return verify_vectors.exchange(args, config, args.blocks)
    _check_places(args)
    code, report = _prove(args, config)
    _publish(args, report)
    return code


def _check_places(args: argparse.Namespace) -> None:
    """Finds places that cannot be written before the work, not after it.

    Raises:
        CommandError: There is one.
    """
    from hydrophone_cli.outputs.files import NewFile, make_folder

    if args.out is not None:
        make_folder(args.out)
    if args.junit is not None and not (args.junit.exists() and not args.junit.is_file()):
        with NewFile(args.junit):
            pass


def _refuse_beside(what: str, given: Sequence[str], allowed: Sequence[str]) -> None:
    """Refuses options that would do nothing.

    Raises:
        CommandError: There is one.
    """
    idle = [name for name in given if name not in allowed]
    if idle:
        name = "blocks" if idle[0] == "blocks" else f"--{idle[0]}"
        raise CommandError(f"{name} does nothing beside {what}: leave it out")


def _prove(args: argparse.Namespace, config: "DesignConfig") -> tuple[Exit, "Report"]:
    """Proves on every engine; says as it goes what came of it, unless a program is to read it."""
    from hydrophone_cli.commands.verify.report import Report

    report = Report(version=hydrophone.__version__, configuration=config.name, seed=args.seed)
    out: Path = args.out or OUT
    engines: list[str] = args.engine or list(DEFAULT_ENGINES)
    blocks = _blocks(args, config, engines, report)
    timings = _timings(args, config)
    codes: list[Exit] = []
    compiled = [engine for engine in engines if engine != "cocotb"]
    if args.coverage and "verilated" not in engines:
        raise CommandError("--coverage is Verilator's: add --engine verilated, or leave it out")
    if args.data and not compiled:
        raise CommandError("cocotb reads no tape: leave out --data, or name another --engine too")
    if compiled:
        codes.append(verify_compiled.prove(args, config, blocks, compiled, timings, out, report))
    if "cocotb" in engines:
        for timing in timings:
            verify_cocotb.bench(args, config.at(timing), blocks, out, report)
    return max(codes, default=Exit.DONE) if report.equal else Exit.FAILED, report


def _publish(args: argparse.Namespace, report: "Report") -> None:
    """Prints the report and writes the files asked for.

    Raises:
        CommandError: A file cannot be written.
    """
    from hydrophone_cli.outputs.files import write

    if args.json:
        print(report.json())
    else:
        for line in report.lines():
            print(line)
    if args.junit is not None:
        write(args.junit, report.junit())
    if args.out is not None:
        write(args.out / REPORT, report.json() + "\n")


def _blocks(
    args: argparse.Namespace, config: "DesignConfig", engines: list[str], report: "Report"
) -> "list[Named]":
    """Blocks to prove: those named, or all that the configuration's sizes allow in hardware.

    Raises:
        BlockReferenceError: There is none of a name.
        ConfigError: One that was named is too large.
    """
    from hydrophone_model.blocks import BLOCKS
    from hydrophone_model.errors import ConfigError
    from hydrophone_sim.named import is_reference, named

    own = [name for name in args.blocks if is_reference(name)]
    if len(own) != 1 and (args.model or args.kernel):
        option = "--model" if args.model else "--kernel"
        raise CommandError(f"{option} is of one block of your own: {len(own)} are named")
    if own and "kernel" in (args.engine or ()) and args.kernel is None:
        raise CommandError(f"{own[0]} has no kernel to prove: name its C++ source by --kernel FILE")
    allowed: list[Named] = []
    for name in dict.fromkeys(args.blocks or BLOCKS):
        block = named(name, (args.model or "") if is_reference(name) else "")
        try:
            if engines != ["kernel"]:
                block.check(config)
        except ConfigError as refusal:
            if args.blocks:
                raise
            report.passed_over[name] = str(refusal)
            print(f"{name} is passed over: {refusal}", file=sys.stderr)
        else:
            allowed.append(block)
    return allowed


def _timings(args: argparse.Namespace, config: "DesignConfig") -> list["Timing"]:
    """Targets and clocks that the hardware is proved for."""
    from hydrophone_model.targets import TARGETS

    own = config.pipeline.timing
    targets: list[str] = args.target or (list(TARGETS) if args.clock is None else [own.target])
    return [own.moved(target, args.clock) for target in dict.fromkeys(targets)]
