"""Latency histogram of the trading process: the model's, with the C++ recorder."""

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.histogram import LogHistogram


class Histogram(LogHistogram):
    """A latency histogram that records by the C++ recorder, where that is installed.

    Args:
        memory: See `hydrophone_model.histogram.LogHistogram`.
    """

    def __init__(self, memory: NDArray[np.uint64] | None = None) -> None:
        super().__init__(memory)
        try:
            from hydrophone import _kernels
        except ImportError:
            return
        self._recorder = _kernels.HistogramRecorder(self.memory)
        self.record = self._recorder.record
