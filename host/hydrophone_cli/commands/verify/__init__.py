"""The command ``hydrophone verify``."""

from hydrophone_cli.commands.verify.command import add_parser, run

__all__ = ["add_parser", "run"]
