"""``hydrophone fit``: learns weights, first ladder and first thresholds into a configuration."""

import argparse
import sys
from pathlib import Path

from hydrophone_cli.command import CommandError, Commands
from hydrophone_cli.options import count, seed, share


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "fit",
        help="learn the score's weights from tapes into a configuration",
        description="Injects whales into tapes, learns each head's weights in floating point, "
        "quantises them, and learns first ladder rungs and thresholds from the clean tapes. "
        "Without tapes it learns from those of --data that are set aside for it.",
    )
    parser.add_argument("tapes", nargs="*", metavar="TAPE", help="any source that listen takes")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the catalogued tapes")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="OUT.toml", help="configuration to write"
    )
    parser.add_argument(
        "--config", default="default", metavar="C", help="preset or TOML file to begin with"
    )
    parser.add_argument(
        "--alert-budget", type=share, metavar="A", help="share of events that may open an episode"
    )
    parser.add_argument(
        "--seed", type=seed, default=1, metavar="S", help="seed of the injection (%(default)s)"
    )
    parser.add_argument(
        "--events", type=count, metavar="N", help="events of injected copies made of each tape"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone import open as open_session
    from hydrophone.feeds.tape import labelled
    from hydrophone_cli.outputs.files import check_places, write
    from hydrophone_cli.outputs.output_conflicts import check_conflicts
    from hydrophone_cli.tape_options import tapes_folder
    from hydrophone_evaluate.detection.fit import EVENTS_A_TAPE, fitted
    from hydrophone_evaluate.tapes import Purpose, catalogued, read_tapes

    if args.tapes and args.data:
        raise CommandError("tapes are named twice: give files, or --data DIR, not both")
    sources = [labelled(source)[1] for source in args.tapes]
    check_conflicts([args.out], [args.config, *(sources or [tapes_folder(args.data)])])
    check_places(args.out)
    if args.tapes:
        tapes = [
            tape for source in args.tapes for tape in read_tapes([source], Purpose.FIT, say=_log)
        ]
    else:
        tapes = catalogued(tapes_folder(args.data), Purpose.FIT, say=_log)
    prints = sum(tape.events.size for tape in tapes)
    names = ", ".join(tape.name for tape in tapes)
    _log(f"fitting on {prints:,} prints of {names}")
    with open_session("golden", args.config, alert_budget=args.alert_budget) as session:
        start = session.config
    config = fitted(
        start,
        tapes,
        events_a_tape=args.events or EVENTS_A_TAPE,
        seed=args.seed,
    )
    write(args.out, config.to_toml())
    for kind, weights in config.pipeline.score.head_weights().items():
        print(f"{kind.name.lower():8} {' '.join(map(str, weights))}")
    return 0


def _log(what: str) -> None:
    print(what, file=sys.stderr)
