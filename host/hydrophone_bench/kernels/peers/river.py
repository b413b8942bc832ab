"""river: statistics of a stream, one sample at a time."""

from importlib import import_module
from typing import Any

from hydrophone_bench.kernels.cases import Case, Contender, Maker, Offer, Shape
from hydrophone_bench.kernels.peers.streams import pushed


def load() -> Offer:
    """What river offers.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    stats: Any = import_module("river.stats")
    rolling: Any = import_module("river.utils").Rolling

    def rolled(statistic: Any, *columns: str, **options: Any) -> Maker:
        def contender(case: Case) -> Contender:
            window = rolling(statistic, window_size=case.window, **options)
            update, get = window.update, window.get

            def push(*sample: float) -> float:
                update(*sample)
                return get()

            return pushed(case, push, *columns, aside="adds and takes away, which drifts")

        return contender

    return Offer(
        contenders={
            ("moving_average", Shape.STREAM): rolled(stats.Mean, "values"),
            ("variance", Shape.STREAM): rolled(stats.Var, "values", ddof=0),
            ("correlation", Shape.STREAM): rolled(stats.PearsonCorr, "values", "others"),
        }
    )
