"""PyWavelets: the discrete wavelet transform."""

from importlib import import_module
from typing import Any

import numpy as np

from hydrophone_bench.kernels.cases import Case, Contender, Offer, Shape
from hydrophone_bench.kernels.peers.streams import pushed


def load() -> Offer:
    """What PyWavelets offers.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    pywt: Any = import_module("pywt")

    def haar(case: Case) -> Contender:
        return Contender(
            code="wavedec(x, haar)",
            names={"wavedec": pywt.wavedec, "haar": pywt.Wavelet("haar")},
            answer=np.concatenate,
        )

    def stream(case: Case) -> Contender:
        window, wavelet, wavedec = (
            np.zeros(case.window, np.float32),
            pywt.Wavelet("haar"),
            pywt.wavedec,
        )

        def push(value: float) -> list[Any]:
            window[:-1] = window[1:]
            window[-1] = value
            return [level[-1] for level in wavedec(window, wavelet)]

        return pushed(case, push, "values", last=True, aside="the window computed anew")

    return Offer(
        contenders={
            ("haar", Shape.CALL): haar,
            ("haar", Shape.SERIES): haar,
            ("haar", Shape.STREAM): stream,
        }
    )
