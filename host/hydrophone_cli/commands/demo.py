"""``hydrophone demo``: fetches real ticks, names the whales in them, and draws the picture."""

import argparse
from pathlib import Path

from hydrophone_cli.command import Commands

_FOLDER = Path("out")
_PICTURE, _ALERTS = _FOLDER / "whales.png", _FOLDER / "whales.jsonl"


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    from hydrophone_cli.session_options import add_session_options

    parser = commands.add_parser(
        "demo",
        help="name the whales in real ticks and draw them",
        description="Fetches the sample of E-mini ticks, listens to it, and writes the alerts and "
        "a picture that shows the whales where they are.",
    )
    add_session_options(parser)
    parser.add_argument(
        "--picture",
        type=Path,
        default=_PICTURE,
        metavar="OUT.png",
        help=f"picture to write (default: {_PICTURE})",
    )
    parser.add_argument(
        "--alerts",
        type=Path,
        default=_ALERTS,
        metavar="OUT.jsonl",
        help=f"alerts to write (default: {_ALERTS})",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone_cli.listening.listen import listen
    from hydrophone_cli.listening.options import listen_options
    from hydrophone_cli.outputs.files import make_folder
    from hydrophone_cli.sample_tapes import ES_2013, fetch

    tape = fetch(ES_2013)
    if _FOLDER in (args.picture.parent, args.alerts.parent):
        make_folder(_FOLDER)
    print(f"{ES_2013.about}\n")
    options = [str(tape), "--symbol", ES_2013.symbol, "--time-zone", "America/Chicago"]
    for name in ("device", "config", "alert_budget", "limit", "picture", "alerts"):
        value = getattr(args, name)
        if value is not None:
            options += [f"--{name.replace('_', '-')}", str(value)]
    code = listen(listen_options(options), title="Whales in {events:,} ticks of the E-mini S&P 500")
    print(f"\nalerts in {args.alerts}, picture in {args.picture}")
    return code
