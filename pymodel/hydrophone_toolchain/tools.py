"""Tool runner: compilers and simulators as processes, and what they said when they failed."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from hydrophone_model.errors import RequestError, ToolError

_SHOWN = 4000
"""Last characters of what a tool said that an error carries."""


class MissingToolError(ToolError, RequestError):
    """A tool that is not there; the message names the remedy."""


class FailedToolError(ToolError):
    """A tool that ended with a fault.

    Args:
        message: The tool's name and its last words.
        output: All that it said.
    """

    def __init__(self, message: str, output: str) -> None:
        super().__init__(message)
        self.output = output


def run_tool(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    *,
    name: str = "",
) -> None:
    """Runs a compiler in a folder.

    Args:
        command: Its name and its arguments.
        folder: Where it runs.
        environment: Variables beside this process's own.
        name: What messages call it; otherwise the command's first word.

    Raises:
        MissingToolError: It is not there.
        FailedToolError: It failed.
        ToolError: The system refused to start it.
    """
    name = name or command[0]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env={**os.environ, **(environment or {})},
        )
    except FileNotFoundError:
        raise MissingToolError(
            f"{name} is not there: install a C++ compiler (apt install g++), or name yours in CXX"
        ) from None
    except OSError as error:
        raise ToolError(f"{name} cannot be run: {error.strerror}") from error
    if done.returncode:
        output = done.stderr or done.stdout
        said = last_words(output) or f"it ended with code {done.returncode}"
        raise FailedToolError(f"{name} failed:\n{said}", output)


def last_words(said: str) -> str:
    """What a tool said at last; of a Python tool's trace, the error alone."""
    said = said.strip()[-_SHOWN:]
    if "Traceback (most recent call last)" in said:
        errors = re.finditer(r"^[A-Za-z_][\w.]*(Error|Exception|Exit)\b", said, re.MULTILINE)
        said = said[max((error.start() for error in errors), default=0) :]
    if "cache directory" in said:
        said += "\nname another folder in XDG_CACHE_HOME"
    return said
