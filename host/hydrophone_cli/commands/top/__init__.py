"""The command ``hydrophone top``."""

from hydrophone_cli.commands.top.command import add_parser, run

__all__ = ["add_parser", "run"]
