"""Libraries that reading and showing tapes need, but a trading process does not: loaded late."""

from importlib import import_module
from typing import Any

from hydrophone.feeds.errors import FeedError


def optional(module: str, *, purpose: str) -> Any:
    """The module named ``module``, imported on first use.

    Raises:
        FeedError: It is not installed; the message says which package to install, and what for.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        package = (missing.name or module).partition(".")[0]
        raise FeedError(
            f"{purpose} needs the package {package}, which is not installed: pip install {package}"
        ) from missing
