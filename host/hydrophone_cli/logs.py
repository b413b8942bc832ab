"""Structured logs of a command: records of ``logging`` as text or as JSON lines.

Every command's last line is a record, too. Without options, what is a warning or worse goes to the
standard error as it always did: ``hydrophone: MESSAGE``. What a command shows on its screen anyway
is only for programs: such records carry ``on_screen``.
"""

import json
import logging
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hydrophone_cli.printable import printable

LOGGER = logging.getLogger("hydrophone")
"""Where every record of the command line goes; commands have loggers below it."""
FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")
_FIELDS, _ON_SCREEN = "hydrophone_fields", "hydrophone_on_screen"


def log(
    logger: logging.Logger, level: int, message: str, *, on_screen: bool = False, **fields: Any
) -> None:
    """Logs a message with fields for programs.

    Args:
        logger: Whose.
        level: One of ``logging``'s.
        message: For a person.
        on_screen: Whether the command shows it on its screen, too.
        fields: Names and values that JSON takes.
    """
    logger.log(level, "%s", message, extra={_FIELDS: fields, _ON_SCREEN: on_screen})


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON in ASCII, whatever is in it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update(_fields(record))
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class TextFormatter(logging.Formatter):
    """A record as one line of text for a file."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        trace = f" {self.formatException(record.exc_info)}" if record.exc_info else ""
        message = f"{record.getMessage()}{fields}{trace}"
        return f"{_time(record)} {record.levelname} {record.name}: {printable(message)}"


class ErrorLine(logging.Formatter):
    """A record as a person reads it on the standard error."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end; messages of several lines stay so."""
        return f"hydrophone: {record.getMessage()}"


class _Handler(logging.StreamHandler[Any]):
    """Writes to a stream that may take nothing, on a full disk say: a record is lost, no more."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the base's name
        """Loses the record."""


class _StandardError(_Handler):
    """Writes to what is the standard error when a record comes."""

    @property
    def stream(self) -> Any:
        """The standard error."""
        return sys.stderr

    @stream.setter
    def stream(self, value: Any) -> None:
        """Stays as it is."""


class _File(_Handler):
    """Appends to a file, each record at once."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("a", encoding="utf-8", errors="backslashreplace"))

    def close(self) -> None:
        """Closes the file; what it does not take is lost."""
        for part in (super(), self.stream):
            with suppress(OSError):
                part.close()


def configure(
    *, format: str | None = None, level: str | None = None, path: Path | None = None
) -> None:
    """Sets up where records go, in place of what was set up before.

    Args:
        format: One of `FORMATS`; text if left out.
        level: Least level that is written, one of `LEVELS`; by default ``info`` of a file and of
            JSON, else ``warning``.
        path: A file, to which lines are added; the standard error then has what it has without
            options. Else everything goes to the standard error.

    Raises:
        OSError: The file cannot be opened.
    """
    structured = path is not None or format == "json"
    named = (level or ("info" if structured else "warning")).upper()
    least = logging.getLevelNamesMapping()[named]
    handlers: list[_Handler] = []
    if path is not None:
        handlers.append(_File(path))
        handlers[0].setFormatter(JsonFormatter() if format == "json" else TextFormatter())
        handlers[0].setLevel(least)
    if path is not None or format != "json":
        plain = _StandardError()
        plain.setFormatter(ErrorLine())
        plain.setLevel(logging.WARNING if path is not None else least)
        plain.addFilter(lambda record: not getattr(record, _ON_SCREEN, False))
        handlers.append(plain)
    else:
        lines = _StandardError()
        lines.setFormatter(JsonFormatter())
        lines.setLevel(least)
        handlers.append(lines)
    before = LOGGER.handlers[:]
    LOGGER.handlers[:] = handlers
    for handler in before:
        handler.close()
    LOGGER.setLevel(min(handler.level for handler in handlers))
    LOGGER.propagate = False


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    return getattr(record, _FIELDS, {})


def _time(record: logging.LogRecord) -> str:
    when = datetime.fromtimestamp(record.created, UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond:06d}Z"
