"""``hydrophone verify --vectors``: test vectors, written for other implementations, or checked."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydrophone
from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.commands.verify.cocotb import EVENTS
from hydrophone_cli.commands.verify.report import Report, Result, fault
from hydrophone_cli.outputs.files import write as write_text

if TYPE_CHECKING:
    from hydrophone_model.config import DesignConfig
    from hydrophone_sim.vectors.check import Checked, Checks, Counted

ENGINE = "vectors"
"""Name in a report of an implementation from outside."""
USES = "write DIR [BLOCK…], or: check VECTORS RESULTS [BLOCK…]"
"""Usage of ``--vectors``."""


def exchange(args: argparse.Namespace, config: "DesignConfig", blocks: list[str]) -> Exit:
    """Writes vectors of blocks, or checks results; ``args.vectors`` says which and where.

    Args:
        args: Arguments of the command.
        config: The design to write vectors of.
        blocks: Blocks that the command names; none for all.

    Raises:
        CommandError: The words after ``--vectors`` are others, or a file cannot be used.
    """
    match args.vectors:
        case ["write", folder, *named]:
            return _write(args, Path(folder), config, blocks + named)
        case ["check", vectors, results, *named]:
            return _check(args, Path(vectors), Path(results), blocks + named)
        case _:
            raise CommandError(f"--vectors takes: {USES}")


def _write(
    args: argparse.Namespace, folder: Path, config: "DesignConfig", blocks: list[str]
) -> Exit:
    from hydrophone_model.blocks import BLOCKS
    from hydrophone_model.errors import nearest
    from hydrophone_sim.vectors.form import VectorError
    from hydrophone_sim.vectors.write import write

    unknown = [name for name in blocks if name not in BLOCKS]
    if unknown:
        near = nearest(unknown[0], BLOCKS)
        raise CommandError(f"no block {unknown[0]!r}: use {', '.join(BLOCKS)}{near}")
    try:
        made = write(folder, config, blocks or list(BLOCKS), args.events or EVENTS, args.seed)
    except VectorError as error:
        raise CommandError(str(error), Exit.OUTPUT) from error
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error}", Exit.OUTPUT) from error
    for name, block in made.blocks.items():
        if block.left_out:
            print(f"{name}: the design does not reach {', '.join(block.left_out)}")
    events = sum(block.events for block in made.blocks.values())
    count = f"{len(made.blocks)} block{'s' if len(made.blocks) > 1 else ''}"
    print(f"wrote {count}, {events:,} events, seed {made.seed}, to {folder}")
    return Exit.DONE


def _check(args: argparse.Namespace, vectors: Path, results: Path, blocks: list[str]) -> Exit:
    from hydrophone_sim.vectors.check import check

    checks = check(vectors, results, blocks)
    report = _report(checks)
    if args.json:
        document = report.document()
        for result, checked in zip(document["results"], checks.blocks, strict=True):
            result |= _counts(checked)
        print(json.dumps(document, indent=2))
    else:
        for checked in checks.blocks:
            _show(checked)
        for name, why in report.passed_over.items():
            print(f"{name}: {why}")
    if args.junit is not None:
        write_text(args.junit, report.junit())
    return Exit.DONE if report.equal else Exit.FAILED


def _report(checks: "Checks") -> Report:
    """The usual report: of each block the first difference of each port."""
    return Report(
        version=hydrophone.__version__,
        configuration=checks.configuration,
        seed=checks.seed,
        results=[
            Result(
                block=checked.block,
                engine=ENGINE,
                events=checked.events,
                faults=tuple(port.first for port in checked.ports if port.first is not None),
            )
            for checked in checks.blocks
        ],
        passed_over=dict.fromkeys(checks.unanswered, "no results, not checked"),
    )


def _show(checked: "Checked") -> None:
    """Prints what was compared, and of each port and section what differs."""
    if checked.mismatches:
        print(
            f"{checked.block}: {checked.events_wrong:,} of {checked.events:,} events differ, "
            f"{checked.mismatches:,} values"
        )
    else:
        print(f"{checked.block}: {checked.events:,} events equal")
    if checked.unchecked:
        print(f"  not given, not checked: {', '.join(checked.unchecked)}")
    for kind, counts in (("port", checked.ports), ("section", checked.sections)):
        for count in counts:
            if count.mismatches:
                print(f"  {kind} {count.name}: {count.mismatches:,} of {count.values:,} differ")
    if checked.first is not None:
        print(f"mismatch: {checked.first}")


def _counts(checked: "Checked") -> dict[str, Any]:
    """Counts of differences, of a block and of each of its ports and sections."""
    return {
        "events_wrong": checked.events_wrong,
        "values_wrong": checked.mismatches,
        "unchecked": checked.unchecked,
        "ports": [_counted(count) for count in checked.ports],
        "sections": [_counted(count) for count in checked.sections],
    }


def _counted(count: "Counted") -> dict[str, Any]:
    return {
        "name": count.name,
        "values": count.values,
        "wrong": count.mismatches,
        "first": None if count.first is None else fault(count.first),
    }
