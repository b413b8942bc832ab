"""The command ``hydrophone schedule``."""

from hydrophone_cli.commands.schedule.command import add_parser, run

__all__ = ["add_parser", "run"]
