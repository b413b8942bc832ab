"""Matplotlib figures without a display, in the house style."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from hydrophone.feeds.optional_imports import import_optional


@contextmanager
def drawing(
    *, ink: str, faint: str, grid: str, more: Mapping[str, Any] | None = None
) -> Generator[Any]:
    """Lends pyplot with the house style in force.

    Args:
        ink: Colour of text and marks.
        faint: Colour of axes.
        grid: Colour of the grid.
        more: Further settings of matplotlib.

    Raises:
        MissingPackageError: Matplotlib is not installed.
    """
    matplotlib = import_optional("matplotlib", purpose="drawing a picture")
    matplotlib.use("Agg")
    plt = import_optional("matplotlib.pyplot", purpose="drawing a picture")
    style = {
        "font.size": 10.5,
        "axes.edgecolor": faint,
        "axes.labelcolor": ink,
        "text.color": ink,
        "xtick.color": ink,
        "ytick.color": ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": grid,
        "axes.axisbelow": True,
        **(more or {}),
    }
    with plt.rc_context(style):
        yield plt
