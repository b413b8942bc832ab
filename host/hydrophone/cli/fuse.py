"""``hydrophone fuse``: one ranking from a recorded table of several systems' scores."""

import argparse
import sys
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hydrophone.cli.contract import Commands, Exit
from hydrophone.cli.tapes import mapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hydrophone.feeds.scores import ScoreTable
    from hydrophone.fusion import Decisions
    from hydrophone_model.config import DesignConfig

BATCH = 1 << 12
"""Decisions taken and written at once."""
SHOWN = 3
"""Candidates of a decision that are printed."""


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "fuse",
        help="fuse a table of scores into one ranking, time by time",
        description="Reads a table with one row a score and decides once for each time. Columns: "
        "time, system, candidate, score, and outcome if there is one: what became of the candidate "
        "since the decision before, as it was known then; from it the systems' performance is "
        "learned. A candidate takes part where it has a row.",
    )
    parser.add_argument("table", metavar="SCORES", help="Parquet or delimited text, packed or not")
    parser.add_argument(
        "--combination",
        metavar="C",
        help="what decides: score_ or rank_ with average, diversity or performance",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="decisions as .parquet or .csv, one row a candidate, or .jsonl, one line each; "
        "otherwise they are printed",
    )
    parser.add_argument(
        "--device", default="auto", metavar="D", help="golden, cpu, rtl, or auto (the default)"
    )
    parser.add_argument(
        "--config",
        default="default",
        metavar="C",
        help="a preset or a TOML file; systems and candidates are always those of the table",
    )
    parser.add_argument(
        "--columns",
        type=mapping,
        default={},
        metavar="NAME=COLUMN,…",
        help="what columns are called",
    )
    parser.add_argument("--time-unit", metavar="U", help="s, ms, us or ns of numeric times")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    import hydrophone
    from hydrophone.cli.decisions import decision_file
    from hydrophone.feeds.scores import read_scores

    design = _design(args)
    table = read_scores(args.table, columns=args.columns, time_unit=args.time_unit)
    design = _shaped(design, table)
    totals = _Totals(table)
    with ExitStack() as stack:
        session = stack.enter_context(hydrophone.open(args.device, design))
        file = None
        if args.out is not None:
            file = decision_file(args.out, table.systems, table.candidates)
            stack.callback(file.discard)
        for start in range(0, table.times.size, BATCH):
            cut = slice(start, start + BATCH)
            decisions = session.fuse(
                _padded(table.scores[cut], design.fusion.systems, design.fusion.candidates),
                present=_padded(table.present[cut], design.fusion.candidates, fill=False),
                outcome=_padded(table.outcome[cut], design.fusion.candidates),
            )
            totals.take(decisions)
            if file is not None:
                file.write(table.times[cut], decisions)
            else:
                _print(table, table.times[cut], decisions)
        if file is not None:
            file.publish()
        totals.tell(session.device, design)
    return Exit.DONE


def _design(args: argparse.Namespace) -> "DesignConfig":
    from hydrophone_model.config import DesignConfig
    from hydrophone_model.fusion.combine import combination_of

    design = DesignConfig.load(args.config)
    if args.combination is None:
        return design
    chosen = combination_of(args.combination)
    return replace(design, fusion=replace(design.fusion, combination=chosen))


def _shaped(design: "DesignConfig", table: "ScoreTable") -> "DesignConfig":
    """The configuration with a fusion for the table; it has at least two of each."""
    sizes = {"systems": len(table.systems), "candidates": len(table.candidates)}
    least = {name: max(2, size) for name, size in sizes.items()}
    return replace(design, fusion=replace(design.fusion, **least))


def _padded(values: np.ndarray, *sizes: int, fill: float = np.nan) -> np.ndarray:
    """The array with its last axes filled up; a system without scores changes nothing."""
    lead = values.ndim - len(sizes)
    widths = [(0, 0)] * lead + [
        (0, size - have) for size, have in zip(sizes, values.shape[lead:], strict=True)
    ]
    return np.pad(values, widths, constant_values=fill)


# -- what a person sees ---------------------------------------------------------------------------


def _print(table: "ScoreTable", times: np.ndarray, decisions: "Decisions") -> None:
    """One line a decision."""
    used, rank = decisions.used.sum(axis=-1), decisions.rank
    mean = decisions.diversity.sum(axis=-1) / np.maximum(used, 1)
    order = np.argsort(rank, axis=-1, kind="stable")
    for event, time in enumerate(times.tolist()):
        first = [
            f"{table.candidates[place]} {rank[event, place]:g}"
            for place in order[event, :SHOWN]
            if rank[event, place] == rank[event, place]
        ]
        print(
            f"{_time(time)}  used {used[event]:2} of {len(table.systems):2}  "
            f"diversity {mean[event]:.3f}  {', '.join(first) or 'nothing decided'}"
        )


def _time(time_ns: int) -> str:
    seconds, rest = divmod(time_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}"


class _Totals:
    """What the decisions were like on the whole."""

    def __init__(self, table: "ScoreTable") -> None:
        self._table = table
        self._decided = 0
        self._used = np.zeros(0)
        self._diversity = np.zeros(0)
        self._performance = np.zeros(0)

    def take(self, decisions: "Decisions") -> None:
        """Adds a batch."""
        first = not self._used.size
        used, diversity = decisions.used.sum(axis=0), decisions.diversity.sum(axis=0)
        self._decided += int(np.count_nonzero(decisions.decided))
        self._used = used if first else self._used + used
        self._diversity = diversity if first else self._diversity + diversity
        self._performance = decisions.performance[-1]

    def tell(self, device: str, design: "DesignConfig") -> None:
        """Prints them where they do not mix with decisions."""
        from hydrophone_model.fusion.combine import Combination

        table, name = self._table, Combination(design.fusion.combination).name.lower()
        head = (
            f"{self._decided:,} of {table.times.size:,} times decided by {name} on {device}, "
            f"{len(table.candidates)} candidates; {table.missing:,} scores missing"
        )
        lines = [head, f"{'system':20} {'used':>7} {'diversity':>10} {'performance':>12}"]
        for place, system in enumerate(table.systems):
            used = int(self._used[place])
            lines.append(
                f"{system:20} {used / table.times.size:7.1%} "
                f"{self._diversity[place] / max(used, 1):10.3f} {self._performance[place]:12.3f}"
            )
        _say(lines)


def _say(lines: "Sequence[str]") -> None:
    sys.stdout.flush()
    print("\n".join(lines), file=sys.stderr)
