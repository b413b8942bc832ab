"""What a command is: how it enters the parser and how it ends."""

from argparse import ArgumentParser
from enum import IntEnum
from typing import Protocol

DATA = "HYDROPHONE_DATA"
"""Environment variable that names the folder of recorded tapes."""


class Commands(Protocol):
    """The place where a command's module adds its parser."""

    def add_parser(self, name: str, *, help: str, description: str) -> ArgumentParser:
        """Adds the parser of one command."""
        ...


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    """The command did what it was asked."""
    FAILED = 1
    """A check found a difference, or a goal was missed."""
    USAGE = 2
    """An option, a configuration or a device that cannot be."""
    INPUT = 3
    """Input that is missing, in no known format, or broke off; what came before was processed."""
    OUTPUT = 4
    """A file that cannot be written."""
    INTERNAL = 70
    """A defect of hydrophone itself."""
    HANGUP = 129
    """The terminal has gone; what was whole by then was written."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C, likewise."""
    UNREAD = 141
    """Whoever read the output has gone, likewise."""
    TERMINATED = 143
    """Stopped by SIGTERM, likewise."""


class CommandError(Exception):
    """Ends a command with one line for the user.

    Args:
        message: What is wrong, where, and what to do.
        code: The exit code.
    """

    def __init__(self, message: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.code = code
