"""What a device needs that knows batches only: pushes, and counters from results."""

from collections.abc import Callable
from operator import index

import numpy as np

from hydrophone_drivers.device import Counters, Events, Results
from hydrophone_model.records import EVENT, RESULT, ResultFlag


class Pusher:
    """Pushes for devices that know batches only: each is a batch of one.

    Args:
        process: The device's `process`.
    """

    def __init__(self, process: Callable[[Events, Results], None]) -> None:
        self.last = np.zeros(1, RESULT.dtype)
        self.pushed = 0
        self._event = np.zeros(1, EVENT.dtype)
        self._process = process

    def push(self, time_ns: int, price: int, size: int, symbol: int, side: int) -> int:
        """See `hydrophone_drivers.device.Device.push`."""
        # NumPy would cut a float down to an integer in silence: `index` refuses it.
        values = map(index, (time_ns, self.pushed, price, size, symbol, side))
        self._event[0] = (*values, 0, 0)
        self._process(self._event, self.last)
        self.pushed += 1
        return int(self.last["flags"][0])


class Tally:
    """Counts results for devices that have no counters of their own."""

    def __init__(self) -> None:
        self.counters = Counters()

    def count(self, results: Results) -> None:
        """Adds a batch."""
        flags = results["flags"]
        so_far = self.counters
        self.counters = Counters(
            events=so_far.events + results.size,
            alerts=so_far.alerts + int(np.count_nonzero(flags & ResultFlag.ALERT)),
            late=so_far.late + int(np.count_nonzero(flags & ResultFlag.LATE)),
        )
