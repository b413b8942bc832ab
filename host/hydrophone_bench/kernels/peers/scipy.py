"""SciPy: statistics and distances with every check, and moving means of images."""

from importlib import import_module
from typing import Any

from hydrophone_bench.kernels.cases import Case, Contender, Offer, Shape, always


def load() -> Offer:
    """What SciPy offers.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    stats: Any = import_module("scipy.stats")
    spatial: Any = import_module("scipy.spatial.distance")
    ndimage: Any = import_module("scipy.ndimage")

    distance = always("euclidean(x, y)", euclidean=spatial.euclidean)

    def moving_average(case: Case) -> Contender:
        window = case.window
        return Contender(
            code=f"uniform_filter1d(x, {window})",
            names={"uniform_filter1d": ndimage.uniform_filter1d},
            # Windows are centred, and the ends are mirrored.
            answer=lambda value: value[window // 2 : value.size - (window - 1) // 2],
            aside="a running sum, which drifts",
        )

    return Offer(
        contenders={
            ("correlation", Shape.CALL): always(
                "pearsonr(x, y).statistic", pearsonr=stats.pearsonr
            ),
            ("distance", Shape.CALL): distance,
            ("distance", Shape.SERIES): distance,
            ("entropy", Shape.CALL): always("entropy(w, base=2)", entropy=stats.entropy),
            ("moving_average", Shape.SERIES): moving_average,
        }
    )
