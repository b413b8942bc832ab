"""Device protocol: what silicon, simulation, engine and model alike can do.

A `hydrophone.Session` talks to one `Device` and cannot tell which it is. `tests/host/
test_contract.py` runs the same tests on all of them.
"""

from dataclasses import dataclass
from typing import Protocol

from hydrophone_drivers.arrays import Events, Results
from hydrophone_drivers.fusion_device import FusionDevice
from hydrophone_drivers.signal_pipeline import SignalPipeline
from hydrophone_model.block import State
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw


@dataclass(frozen=True, kw_only=True)
class Counters:
    """What a device counted since it was opened or reset.

    Attributes:
        events: Events processed.
        alerts: Alert episodes opened.
        late: Events timed before their symbol's previous one.
        dropped: Alerts that met a full queue; software has no queue and drops none.
    """

    events: int = 0
    alerts: int = 0
    late: int = 0
    dropped: int = 0


@dataclass(frozen=True, kw_only=True)
class DeviceInfo:
    """Identity of a device.

    Attributes:
        name: The name it is opened by.
        detail: What exactly answers: an instruction set, a simulator, a board.
        clocked: Whether it reports hardware clock cycles for each event.
    """

    name: str
    detail: str
    clocked: bool = False


@dataclass(frozen=True, kw_only=True)
class DeviceState:
    """State of a device between two events.

    Attributes:
        pipeline: Fields of the whale pipeline, see `hydrophone_model.block.Params.state`.
        counters: What was counted.
        pushed: Events pushed: the next push's sequence number.
    """

    pipeline: State
    counters: Counters
    pushed: int


class Device(Protocol):
    """One opened device, which keeps the state of every symbol. Not safe between threads.

    Whoever opens one gets it reset and configured. Results depend only on the sequence of events,
    never on how it is cut into batches, and are equal to the golden model's to the last bit.
    """

    @property
    def info(self) -> DeviceInfo:
        """Identity of the device."""
        ...

    @property
    def config(self) -> DesignConfig:
        """The configuration in force."""
        ...

    @property
    def counters(self) -> Counters:
        """What happened since the device was opened or reset."""
        ...

    @property
    def cycles(self) -> Raw | None:
        """Clock cycles from accepted to answered, for each event of the last batch.

        None where nothing is clocked.
        """
        ...

    def process(self, events: Events, results: Results) -> None:
        """Computes the results of a batch, in order, into the caller's buffer.

        Args:
            events: Contiguous, one dimension.
            results: Contiguous, as many as events, not overlapping them.

        Raises:
            EventError: An event is out of range; nothing was processed and no state changed.
            DeviceError: The device is closed or failed.
        """
        ...

    @property
    def last(self) -> Results:
        """Result of the last push, shape (1,), always the same array."""
        ...

    def push(self, time_ns: int, price: int, size: int, symbol: int, side: int, /) -> int:
        """Scores one event, whose sequence number is the count of pushes since `reset`.

        Returns:
            Bits of `hydrophone_model.records.ResultFlag`; the whole result is in `last`.

        Raises:
            EventError: A value is out of range; nothing was processed.
            TypeError: A value is not an integer of its field's width.
            DeviceError: The device is closed or failed.
        """
        ...

    def reset(self) -> None:
        """Forgets every symbol and zeroes the counters; the configuration stays."""
        ...

    def reconfigure(self, config: DesignConfig) -> None:
        """Writes another configuration's registers between two events.

        The state of every symbol stays. What configures a beginning (first thresholds, first
        ladders) acts at the next `reset`.

        Raises:
            ConfigError: The configuration needs another design; the message names the difference.
        """
        ...

    def export_state(self) -> DeviceState:
        """The state after the last event, equal on all devices.

        Raises:
            DeviceError: The device is closed or failed, or cannot show its state.
        """
        ...

    def import_state(self, state: DeviceState) -> None:
        """Takes over a state that `hydrophone_model.state.check_state` has let pass.

        Raises:
            DeviceError: The device is closed, or cannot take a state over.
        """
        ...

    def fusion_device(self) -> FusionDevice:
        """The device's fusion of scoring systems, from reset; it knows nothing of the events.

        Raises:
            DeviceError: The device is closed, or its fusion cannot be opened.
        """
        ...

    def signal_pipeline(self) -> SignalPipeline:
        """The device's signal pipeline, from reset: signals of events and results, and fusion.

        Raises:
            DeviceError: The device is closed, or its signal pipeline cannot be opened.
        """
        ...

    def close(self) -> None:
        """Gives the device back; closing twice is allowed, anything else afterwards is not."""
        ...
