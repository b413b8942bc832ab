"""Configuration files: TOML read from a file or a pipe, and values written as TOML."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from hydrophone_model.errors import ConfigError, nearest, shown

_LARGEST_FILE = 1 << 20
"""Bytes of a configuration file."""


def read_file(path: Path, presets: Iterable[str]) -> dict[str, Any]:
    """The contents of a configuration file; a pipe will do.

    Args:
        path: The file.
        presets: Names of presets, one of which may have been meant.

    Raises:
        ConfigError: It cannot be read, or is no TOML.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except FileNotFoundError as error:
        raise ConfigError(
            f"no configuration {shown(str(path))}: give a preset ({', '.join(presets)}) or the "
            f"path of a TOML file{nearest(str(path), presets)}"
        ) from error
    except (OSError, ValueError) as error:  # the latter: a path that no file can have
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{path} cannot be read as a configuration: {reason}") from error
    if len(data) > _LARGEST_FILE:
        raise ConfigError(f"{path} is no configuration: it has more than {_LARGEST_FILE:,} bytes")
    try:
        return tomllib.loads(data.decode())
    except RecursionError as error:
        raise ConfigError(f"{path} is not valid TOML: it is nested too deep") from error
    except ValueError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def toml_lines(
    values: Mapping[str, Any], prefix: str, comments: Mapping[str, str]
) -> Iterator[str]:
    """Keys of a table with their values, each below its comment."""
    for key, value in values.items():
        yield from (f"# {line}" for line in comments.get(prefix + key, "").splitlines())
        yield f"{key} = {toml_value(value)}"


def toml_value(value: Any) -> str:
    """A parameter's value as a configuration file has it."""
    if isinstance(value, tuple):
        return "[" + ", ".join(map(toml_value, cast("tuple[Any, ...]", value))) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
