"""The command ``hydrophone bench``."""

from hydrophone_cli.commands.bench.command import add_parser, run

__all__ = ["add_parser", "run"]
