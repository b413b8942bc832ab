"""Base class of devices that process batches only: it adds pushes, counters and error states."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from operator import index

import numpy as np

from hydrophone_drivers.arrays import Events, Results
from hydrophone_drivers.checks import check_events
from hydrophone_drivers.device import Counters, DeviceInfo, DeviceState
from hydrophone_drivers.errors import DeviceError
from hydrophone_model.block import State
from hydrophone_model.config import DesignConfig
from hydrophone_model.records import EVENT, RESULT, ResultFlag


class SingleEventAdapter:
    """Single events for devices that process batches only: each push is a batch of one.

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


class ResultCounter:
    """Counters for devices that have none of their own, kept from their results."""

    def __init__(self, counters: Counters | None = None) -> None:
        self.counters = counters or Counters()

    def count(self, results: Results) -> None:
        """Adds a batch."""
        flags = results["flags"]
        before = self.counters
        self.counters = Counters(
            events=before.events + results.size,
            alerts=before.alerts + int(np.count_nonzero(flags & ResultFlag.ALERT)),
            late=before.late + int(np.count_nonzero(flags & ResultFlag.LATE)),
        )


class BatchDevice(ABC):
    """The part of a `hydrophone_drivers.device.Device` that follows from its batches.

    Args:
        config: The configuration that opened it.
    """

    def __init__(self, config: DesignConfig) -> None:
        self._config = config
        # Whether a batch was broken off, so that the state is that of no sequence of events.
        self._broken = False
        self._result_counter = ResultCounter()
        self._single_events = SingleEventAdapter(self.process)

    @property
    def config(self) -> DesignConfig:
        """The configuration in force."""
        return self._config

    @property
    def counters(self) -> Counters:
        """Counted from the results."""
        return self._result_counter.counters

    @property
    def last(self) -> Results:
        """Result of the last push."""
        return self._single_events.last

    @property
    @abstractmethod
    def info(self) -> DeviceInfo:
        """Who the device is."""

    def process(self, events: Events, results: Results) -> None:
        """See `hydrophone_drivers.device.Device.process`.

        Raises:
            DeviceError: This batch or one before failed half way; only a reset session goes on.
        """
        self._expect_open()
        self._expect_whole()
        # Others may write to the caller's memory meanwhile.
        events = events.copy()
        check_events(events, self._config.pipeline)
        computed = np.empty(events.size, results.dtype)
        self._broken = True
        self._compute(events, computed)
        self._result_counter.count(computed)
        self._broken = False
        results[:] = computed

    def push(self, time_ns: int, price: int, size: int, symbol: int, side: int, /) -> int:
        """See `hydrophone_drivers.device.Device.push`."""
        return self._single_events.push(time_ns, price, size, symbol, side)

    def export_state(self) -> DeviceState:
        """See `hydrophone_drivers.device.Device.export_state`."""
        self._expect_open()
        self._expect_whole()
        return DeviceState(
            pipeline=self._export(), counters=self.counters, pushed=self._single_events.pushed
        )

    def import_state(self, state: DeviceState) -> None:
        """See `hydrophone_drivers.device.Device.import_state`."""
        self._expect_open()
        # Whatever it was before: a broken batch is forgotten with the rest.
        self._broken = True
        self._import(state.pipeline)
        self._result_counter = ResultCounter(state.counters)
        self._single_events.pushed = state.pushed
        self._broken = False

    def _expect_whole(self) -> None:
        if self._broken:
            raise DeviceError(
                f"device {self.info.name} broke off within a batch, and its state is of no use: "
                "reset the session"
            )

    @abstractmethod
    def _export(self) -> State:
        """The pipeline's fields."""

    @abstractmethod
    def _import(self, state: State) -> None:
        """Takes over the pipeline's fields."""

    @abstractmethod
    def _compute(self, events: Events, results: Results) -> None:
        """Writes the results of events that were checked, and that nobody else writes to."""

    @abstractmethod
    def _expect_open(self) -> None:
        """Raises a DeviceError if the device is closed."""

    def _clear_counters(self) -> None:
        """Zeroes the counters; the state must be as it was when it was opened."""
        self._result_counter = ResultCounter()
        self._single_events.pushed = 0
        self._broken = False
