"""``hydrophone serve``: listens, and answers other programs by HTTP and WebSocket meanwhile."""

import argparse

from hydrophone_cli.command import Commands
from hydrophone_cli.listening.options import add_listen_options
from hydrophone_cli.options import whole


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "serve",
        help="listen, and serve alerts and snapshots to other programs and a live page",
        description="As listen, with an HTTP server beside it: alerts and snapshots as JSON, "
        "a WebSocket, metrics, health, and a page that shows the market live.",
    )
    add_listen_options(parser)
    group = parser.add_argument_group("server")
    group.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on (default: 127.0.0.1); another needs a token",
    )
    group.add_argument(
        "--port",
        type=whole(0, 65535, what="a port"),
        default=8080,
        metavar="N",
        help="port to listen on (default: 8080); 0 for any that is free",
    )
    group.add_argument(
        "--token-file",
        metavar="FILE",
        help="file with the token that requests must carry; or HYDROPHONE_TOKEN",
    )
    group.add_argument(
        "--exit-at-end", action="store_true", help="end with the sources, not at a signal"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone_cli.listening.listen import listen
    from hydrophone_cli.listening.serving import Serving

    return listen(args, serving=Serving.of(args))
