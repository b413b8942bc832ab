"""``hydrophone fuse``: one ranking from a recorded table of several systems' scores."""

import argparse
import sys
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hydrophone_cli.command import Commands, Exit
from hydrophone_cli.printable import printable
from hydrophone_cli.session_options import COMBINATION, with_combination
from hydrophone_cli.tape_options import mapping

if TYPE_CHECKING:
    from hydrophone.decisions import Decisions
    from hydrophone.feeds.scores import ScoreTable
    from hydrophone_cli.decision_totals import DecisionTotals
    from hydrophone_model.config import DesignConfig

BATCH = 1 << 12
"""Decisions taken and written at once."""


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "fuse",
        help="fuse a table of scores into one ranking, time by time",
        description="Reads a table with one row a score and decides once for each time. Columns: "
        "time, system, candidate, score, and outcome if there is one: what became of the candidate "
        "since the last decision that has outcomes, as it was known then; from it the systems' "
        "performance is learned. A candidate takes part where it has a row.",
    )
    parser.add_argument(
        "table",
        metavar="SCORES",
        help="table of scores: Parquet or delimited text, compressed or not",
    )
    parser.add_argument("--combination", metavar="C", help=COMBINATION)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="decisions as .parquet or .csv, one row a candidate, or .jsonl, or - for standard "
        "output, one line each; otherwise they are printed",
    )
    parser.add_argument(
        "--device",
        default="auto",
        metavar="D",
        help="device: golden, cpu, rtl, or auto (the default)",
    )
    parser.add_argument(
        "--config",
        default="default",
        metavar="C",
        help="configuration: a preset or a TOML file; systems and candidates are always those of "
        "the table",
    )
    parser.add_argument(
        "--columns",
        type=mapping,
        default={},
        metavar="NAME=COLUMN,…",
        help="names of the columns, such as time=when,score=value",
    )
    parser.add_argument(
        "--time-unit",
        metavar="U",
        help="unit of numeric times: s, ms, us or ns (default: inferred)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    import hydrophone
    from hydrophone.feeds.scores import read_scores
    from hydrophone_cli.decision_totals import DecisionTotals
    from hydrophone_cli.outputs.decision_file import DecisionOutput
    from hydrophone_cli.outputs.files import OutputError
    from hydrophone_cli.outputs.output_conflicts import check_conflicts
    from hydrophone_cli.outputs.output_set import EARLY, OutputSet
    from hydrophone_cli.signals import held, raise_held

    check_conflicts([args.out], [args.table, args.config])
    design = _design(args)
    table = read_scores(args.table, columns=args.columns, time_unit=args.time_unit)
    design = _sized_for(design, table)
    totals = DecisionTotals(table.systems)
    done = 0
    with ExitStack() as stack:
        session = stack.enter_context(hydrophone.open(args.device, design))
        outputs = stack.enter_context(OutputSet())
        file = None
        if args.out is not None:
            file = outputs.open(DecisionOutput(args.out, table.systems))
        try:
            for start in range(0, table.times.size, BATCH):
                times = table.times[start : start + BATCH]
                spread = table.spread(
                    start,
                    start + times.size,
                    systems=design.fusion.systems,
                    candidates=design.fusion.candidates,
                )
                with held():
                    decisions = session.fuse(
                        spread.scores, present=spread.present, outcome=spread.outcome
                    )
                    totals.take(decisions)
                    if file is not None:
                        file.write(times, decisions, table.candidates)
                    done += times.size
                raise_held()
                if file is None:
                    _print_decisions(table, times, decisions)
        except (*EARLY, OutputError) as cause:
            if file is None:
                raise
            raise outputs.end_early(
                cause, f"after {done:,} of {table.times.size:,} times"
            ) from cause
        with held():
            failed = outputs.publish()
        if failed is not None:
            raise failed
        _print_totals(table, totals, session.device, design)
    return Exit.DONE


def _design(args: argparse.Namespace) -> "DesignConfig":
    from hydrophone_model.config import DesignConfig

    return with_combination(DesignConfig.load(args.config), args.combination)


def _sized_for(design: "DesignConfig", table: "ScoreTable") -> "DesignConfig":
    """The configuration with a fusion for the table; it has at least two of each.

    A system without scores changes nothing, nor does a candidate that is never present.
    """
    sizes = {"systems": len(table.systems), "candidates": len(table.candidates)}
    least = {name: max(2, size) for name, size in sizes.items()}
    return replace(design, fusion=replace(design.fusion, **least))


# -- what a person sees ---------------------------------------------------------------------------


def _print_decisions(table: "ScoreTable", times: np.ndarray, decisions: "Decisions") -> None:
    """One line a decision."""
    from hydrophone_cli.decision_totals import ranking

    used = decisions.used.sum(axis=-1)
    mean = decisions.diversity.sum(axis=-1) / np.maximum(used, 1)
    for event, time in enumerate(times.tolist()):
        print(
            f"{_timestamp(time)}  used {used[event]:2} of {len(table.systems):2}  "
            f"diversity {mean[event]:.3f}  {ranking(decisions[event], table.candidates)}"
        )


def _timestamp(time_ns: int) -> str:
    seconds, rest = divmod(time_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}"


def _print_totals(
    table: "ScoreTable", totals: "DecisionTotals", device: str, design: "DesignConfig"
) -> None:
    """Prints what the decisions were like where that does not mix with them."""
    from hydrophone_model.fusion.combine import Combination

    name = Combination(design.fusion.combination).name.lower()
    sys.stdout.flush()
    head = (
        f"{totals.record()['decided']:,} of {table.times.size:,} times decided by {name} on "
        f"{device}, {len(table.candidates)} candidates; {table.missing:,} scores missing"
    )
    lines = totals.lines(table.candidates, "give the scores of more than one")
    notes = [f"note: {printable(note)}" for note in table.notes]
    print("\n".join([head, *lines, *notes]), file=sys.stderr)
