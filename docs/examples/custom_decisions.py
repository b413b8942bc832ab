"""Decisions in the trading process: the signal of imbalance.py beside the toolkit's eight.

``python custom_decisions.py golden cpu`` decides on the same prints on each of the devices.
"""

import sys
from pathlib import Path

import numpy as np
from imbalance import DOWN, SIZE, ImbalanceModel, ImbalanceParams
from numpy.typing import NDArray

import hydrophone
from hydrophone import EVENT, Decisions, DesignConfig, Session
from hydrophone.custom import CustomKernel
from hydrophone.engine import KernelBlock
from hydrophone_model.block import Model
from hydrophone_model.signals.realised import RealisedModel
from hydrophone_model.signals.score_matrix import ScoreMatrixModel, ScoreMatrixParams
from hydrophone_model.signals.signals import SignalsModel

KERNEL = Path(__file__).with_name("imbalance.hpp")
SYSTEMS = 9
"""The toolkit's eight, and the one of our own behind them."""
CONFIG = DesignConfig.build({"fusion": {"systems": SYSTEMS, "candidates": 4}}, name="own")


class CustomDecisions:
    """Nine systems, print by print, and a session that fuses them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        config = session.config
        own = ImbalanceParams(symbols=config.pipeline.symbols)
        score_matrix = ScoreMatrixParams(
            symbols=own.symbols, systems=SYSTEMS, candidates=config.fusion.candidates
        )
        self._parts: tuple[Model, ...]
        if session.device == "golden":
            models = (
                SignalsModel(config.signals),
                ScoreMatrixModel(score_matrix),
                RealisedModel(config.realised),
            )
            self._parts = ImbalanceModel(own), *models
        else:
            kernels = map(KernelBlock, (config.signals, score_matrix, config.realised))
            self._parts = CustomKernel(own, KERNEL), *kernels

    def decide(self, events: NDArray[np.void]) -> Decisions:
        """One decision a print."""
        own, signals, score_matrix, realised = self._parts
        print_ = {name: events[name].astype(np.int64) for name in EVENT.dtype.names or ()}
        symbol, size, side = (print_[name] for name in ("symbol", "size", "side"))
        total = own.process(symbol=symbol, size=SIZE.saturate(size), side=side)["imbalance"]
        tail = self._session.process(events)["score"].astype(np.int64)
        eight = signals.process(**print_, tail=tail)["column"]
        column = np.column_stack([eight, total >> DOWN])
        table = score_matrix.process(symbol=symbol, column=column)
        settled = realised.process(symbol=symbol, price=print_["price"])
        return self._session.fuse(
            table["scores"].astype(np.int16).reshape(len(events), SYSTEMS, -1),
            present=table["present"],
            outcome=np.where(settled["learn"][:, None], settled["outcome"], np.nan),
        )


def random_prints(count: int, seed: int = 1) -> NDArray[np.void]:
    """Prints of four symbols at random prices and sizes."""
    rng = np.random.default_rng(seed)
    events = np.zeros(count, EVENT.dtype)
    events["time_ns"] = np.cumsum(rng.integers(0, 1_000_000, count))
    events["sequence"] = np.arange(count)
    events["symbol"] = rng.integers(0, 4, count)
    events["side"] = rng.integers(0, 2, count)
    events["size"] = np.exp2(rng.normal(8, 3, count)).clip(1, 1 << 20)
    events["price"] = 10_000 + np.cumsum(rng.integers(-2, 3, count))
    return events


if __name__ == "__main__":
    for device in sys.argv[1:] or ["cpu"]:
        with hydrophone.open(device, CONFIG) as session:
            decisions = CustomDecisions(session).decide(random_prints(4000))
            used, worth = decisions.used[:, -1].mean(), decisions.performance[-1, -1]
            print(f"{device}: our own was used in {used:.0%}, its performance is {worth:+.4f}")
