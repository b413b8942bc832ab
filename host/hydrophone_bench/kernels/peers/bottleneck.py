"""bottleneck: means and variances of arrays and of moving windows."""

from importlib import import_module
from typing import Any

from hydrophone_bench.kernels.cases import Case, Contender, Maker, Offer, Shape, always
from hydrophone_bench.kernels.peers.streams import recomputed


def load() -> Offer:
    """What bottleneck offers.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    bottleneck: Any = import_module("bottleneck")

    def moving(name: str) -> Maker:
        def contender(case: Case) -> Contender:
            window = case.window
            return Contender(
                code=f"{name}(x, {window})",
                names={name: getattr(bottleneck, name)},
                answer=lambda value: value[window - 1 :],
                aside="a running sum, which drifts",
            )

        return contender

    return Offer(
        contenders={
            ("moving_average", Shape.CALL): always("nanmean(x)", nanmean=bottleneck.nanmean),
            ("variance", Shape.CALL): always("nanvar(x)", nanvar=bottleneck.nanvar),
            ("moving_average", Shape.STREAM): recomputed(bottleneck.nanmean, "values"),
            ("variance", Shape.STREAM): recomputed(bottleneck.nanvar, "values"),
            ("moving_average", Shape.SERIES): moving("move_mean"),
            ("variance", Shape.SERIES): moving("move_var"),
        }
    )
