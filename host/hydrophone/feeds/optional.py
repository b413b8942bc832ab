"""Libraries that reading and showing tapes need, but a trading process does not: loaded late."""

from importlib import import_module
from typing import Any

from hydrophone.feeds.errors import MissingPackageError

_EXTRAS = {"pyarrow": "feeds", "zstandard": "feeds", "rich": "cli", "matplotlib": "plot"}


def optional(module: str, *, purpose: str) -> Any:
    """The module named ``module``, imported on first use.

    Raises:
        MissingPackageError: It is not installed; the message says what to install, and what for.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        package = (missing.name or module).partition(".")[0]
        extra = _EXTRAS.get(package)
        install = f"'hydrophone[{extra}]'" if extra else package
        raise MissingPackageError(
            f"{purpose} needs {package}, which is not installed: pip install {install}"
        ) from missing
