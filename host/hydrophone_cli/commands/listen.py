"""``hydrophone listen``: names the whales in a tape."""

import argparse

from hydrophone_cli.command import Commands
from hydrophone_cli.listening.options import add_listen_options


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "listen",
        help="name the whales in a tape of trades",
        description="Runs a tape of trades through the whale detector and names what it hears.",
    )
    add_listen_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone_cli.listening.listen import listen

    return listen(args)
