"""Command protocol: how a command enters the parser, its exit codes and its error."""

from argparse import ArgumentParser
from enum import IntEnum
from typing import Protocol, Self

from hydrophone_model.errors import HydrophoneError

DATA = "HYDROPHONE_DATA"
"""Environment variable that names the folder of recorded tapes."""


class Commands(Protocol):
    """The place where a command's module adds its parser."""

    def add_parser(self, name: str, *, help: str, description: str) -> ArgumentParser:
        """Adds the parser of one command."""
        ...


class Exit(IntEnum):
    """Exit codes of every command, each with what it says of the run."""

    doc: str

    def __new__(cls, code: int, doc: str) -> Self:
        """A code and its meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.doc = doc
        return member

    DONE = 0, "done"
    FAILED = 1, "a check found a difference, or a goal was missed"
    USAGE = 2, "an option, a configuration or a device that cannot be, or an extra that is missing"
    INPUT = 3, "input that is missing, in no known format, or broke off; what came before counts"
    OUTPUT = 4, "a file, or the standard output, that cannot be written"
    INTERNAL = 70, "a defect of hydrophone itself; HYDROPHONE_DEBUG=1 shows the trace"
    SYSTEM = 71, "the system refused memory, files or processes, or a tool that compiles failed"
    HANGUP = 129, "the terminal has gone (SIGHUP); what was whole by then was written"
    INTERRUPTED = 130, "interrupted (Ctrl-C), likewise"
    UNREAD = 141, "whoever read the output has gone, likewise"
    TERMINATED = 143, "ended by SIGTERM, likewise"


class CommandError(HydrophoneError):
    """Ends a command with one line for the user.

    Args:
        message: What is wrong, where, and what to do.
        code: The exit code.
    """

    def __init__(self, message: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.code = code
