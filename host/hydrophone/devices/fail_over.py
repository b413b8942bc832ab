"""Fail-over device: another device goes on where one has died, no event lost and none repeated.

It keeps the state that its device had some events ago, and a journal of what came since. When the
device fails, a spare one takes the state over, repeats the journal, and answers the call that
failed.
"""

import logging
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from hydrophone_drivers.arrays import Decisions, Events, Results
from hydrophone_drivers.device import Counters, Device, DeviceInfo, DeviceState
from hydrophone_drivers.errors import DeviceError
from hydrophone_drivers.fusion_device import FusionDevice
from hydrophone_drivers.signal_pipeline import SignalPipeline
from hydrophone_model.block import State
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.decision import decision_dtype
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.records import RESULT

JOURNAL = 1 << 16
"""Events of a journal; then the device's state takes its place."""
_LOGGER = logging.getLogger("hydrophone.fail_over")

APart = TypeVar("APart", Device, FusionDevice, SignalPipeline)
Again = Callable[[Any], object]
"""Repeats a call on a spare."""


class _Kept(Generic[APart]):
    """A device or a part of one, the state it had, and what came since.

    Args:
        part: Answers.
        most: Events of the journal.
        settings: Tells the settings in force.

    Attributes:
        settings: Those that were in force when the state was kept: the journal begins with them.

    Raises:
        DeviceError: It cannot show its state.
    """

    def __init__(self, part: APart, most: int, settings: Callable[[APart], Any]) -> None:
        self.part = part
        self._in_force, self.settings = settings, settings(part)
        self._most = most
        self._journal: list[Again] = []
        self._events = 0
        self._state: Any = part.export_state()

    def note(self, events: int, again: Again) -> None:
        """Takes a call that came to its end into the journal."""
        self._journal.append(again)
        self._events += events
        if self._events >= self._most:
            self.renew()

    def renew(self) -> None:
        """Keeps the state of now in place of the journal."""
        try:
            self._state = self.part.export_state()
        except DeviceError:
            return  # it has died since: the journal goes on, and the next call finds out
        self.settings = self._in_force(self.part)
        self._journal.clear()
        self._events = 0

    def hand_over(self, spare: APart) -> None:
        """Makes a spare what the part was after its last whole call."""
        spare.import_state(self._state)
        for again in self._journal:
            again(spare)
        self.part = spare


class FailOverDevice:
    """A `hydrophone_drivers.device.Device` that outlives the one it was opened with.

    Args:
        device: Answers as long as it can.
        spare: Opens the device that goes on.
        journal: Events that are kept to be repeated.

    Attributes:
        failure: Why the first device was given up; None as long as it answers.

    Raises:
        DeviceError: The device cannot show its state: nothing could go on from it.
    """

    def __init__(
        self, device: Device, spare: Callable[[DesignConfig], Device], *, journal: int = JOURNAL
    ) -> None:
        self._spare, self._most = spare, journal
        self._kept: _Kept[Device] = _Kept(device, journal, lambda part: part.config)
        self._first = device.info
        self._closed = False
        self.failure: str | None = None
        self.last = np.zeros(1, RESULT.dtype)

    @property
    def _device(self) -> Device:
        return self._kept.part

    @property
    def info(self) -> DeviceInfo:
        """Who answers, and whom it stands in for."""
        info = self._device.info
        if self.failure is None:
            return info
        detail = f"{info.detail}, in place of {self._first.name}, which failed: {self.failure}"
        return DeviceInfo(name=info.name, detail=detail, clocked=info.clocked)

    @property
    def config(self) -> DesignConfig:
        """The configuration in force."""
        return self._device.config

    @property
    def counters(self) -> Counters:
        """What happened since the first device was opened or reset."""
        return self._device.counters

    @property
    def cycles(self) -> Raw | None:
        """See `hydrophone_drivers.device.Device.cycles`."""
        return self._device.cycles

    def process(self, events: Events, results: Results) -> None:
        """See `hydrophone_drivers.device.Device.process`."""
        # What is repeated must be what was processed, whoever writes to it meanwhile.
        events = events.copy()
        self._answer(lambda device: device.process(events, results))
        self._kept.note(events.size, lambda device: _repeat(device, events))

    def push(self, time_ns: int, price: int, size: int, symbol: int, side: int, /) -> int:
        """See `hydrophone_drivers.device.Device.push`."""
        flags = self._answer(lambda device: device.push(time_ns, price, size, symbol, side))
        self.last[:] = self._device.last
        self._kept.note(1, lambda device: device.push(time_ns, price, size, symbol, side))
        return flags

    def reset(self) -> None:
        """Forgets every symbol and zeroes the counters."""
        self._answer(lambda device: device.reset())
        self._kept.renew()

    def reconfigure(self, config: DesignConfig) -> None:
        """Writes another configuration's registers between two events."""
        self._answer(lambda device: device.reconfigure(config))
        self._kept.note(0, lambda device: device.reconfigure(config))

    def export_state(self) -> DeviceState:
        """See `hydrophone_drivers.device.Device.export_state`."""
        return self._answer(lambda device: device.export_state())

    def import_state(self, state: DeviceState) -> None:
        """See `hydrophone_drivers.device.Device.import_state`."""
        self._answer(lambda device: device.import_state(state))
        self._kept.renew()

    def fusion_device(self) -> FusionDevice:
        """The fusion, which fails over by itself, and with the device."""
        return _FailOverFusion(
            self,
            self._answer(
                lambda device: _Kept(
                    device.fusion_device(), self._most, lambda _: self.config.fusion
                )
            ),
        )

    def signal_pipeline(self) -> SignalPipeline:
        """The signal pipeline, likewise."""
        return _FailOverSignalPipeline(
            self,
            self._answer(
                lambda device: _Kept(
                    device.signal_pipeline(),
                    self._most,
                    lambda _: self.config.signal_pipeline.fusion,
                )
            ),
        )

    def close(self) -> None:
        """Gives the devices back."""
        self._closed = True
        self._device.close()

    def spare_for(self, failure: DeviceError) -> Device:
        """The device that goes on; the one that failed is given up.

        Raises:
            DeviceError: This was the spare, or the session is closed: the failure itself.
        """
        if self.failure is None and not self._closed:
            self._fail_over(failure)
        elif self._closed:
            raise failure
        return self._device

    def _answer(self, call: Callable[[Device], Any]) -> Any:
        """Calls the device, and the spare if it fails."""
        try:
            return call(self._device)
        except DeviceError as failure:
            if self._closed or self.failure is not None:
                raise
            self._fail_over(failure)
            return call(self._device)

    def _fail_over(self, failure: DeviceError) -> None:
        failed = self._device
        # Target and clock are those of a device that is gone: no result depends on them.
        self._kept.hand_over(self._spare(self._kept.settings))
        self.failure = str(failure)
        _LOGGER.warning("%s: %s goes on in its place", self.failure, self._device.info.detail)
        try:
            failed.close()
        except Exception as error:  # whatever a dead device's driver raises
            _LOGGER.warning("%s could not be closed: %s", failed.info.name, error)


class _FailOverPart(Generic[APart]):
    """A part of a device that goes on with the device's spare."""

    def __init__(self, owner: FailOverDevice, kept: "_Kept[Any]") -> None:
        self._owner, self._kept = owner, kept
        self._on_spare = owner.failure is not None

    def _spare(self, device: Device) -> Any:
        raise NotImplementedError

    def _answer(self, call: Callable[[Any], Any]) -> Any:
        if self._owner.failure is not None and not self._on_spare:
            self._hand_over(DeviceError(self._owner.failure))
        try:
            return call(self._kept.part)
        except DeviceError as failure:
            if self._on_spare:
                raise
            self._hand_over(failure)
            return call(self._kept.part)

    def _hand_over(self, failure: DeviceError) -> None:
        spare = self._spare(self._owner.spare_for(failure))
        spare.reconfigure(self._kept.settings)
        self._kept.hand_over(spare)
        self._on_spare = True

    def reset(self) -> None:
        """Forgets everything."""
        self._answer(lambda part: part.reset())
        self._kept.renew()

    def reconfigure(self, params: FusionParams) -> None:
        """Changes which combination decides."""
        self._answer(lambda part: part.reconfigure(params))
        self._kept.note(0, lambda part: part.reconfigure(params))

    def export_state(self) -> State:
        """See `hydrophone_drivers.device.Device.export_state`."""
        return self._answer(lambda part: part.export_state())

    def import_state(self, state: State) -> None:
        """See `hydrophone_drivers.device.Device.import_state`."""
        self._answer(lambda part: part.import_state(state))
        self._kept.renew()


class _FailOverFusion(_FailOverPart[FusionDevice]):
    def _spare(self, device: Device) -> FusionDevice:
        return device.fusion_device()

    def process(
        self,
        scores: NDArray[np.int16],
        decisions: Decisions,
        present: NDArray[np.bool_],
        outcome: NDArray[np.int16],
        learn: NDArray[np.bool_],
    ) -> None:
        """See `hydrophone_drivers.fusion_device.FusionDevice.process`."""
        given = [part.copy() for part in (scores, present, outcome, learn)]
        self._answer(lambda part: part.process(given[0], decisions, *given[1:]))
        dtype, count = decisions.dtype, len(decisions)
        self._kept.note(
            count, lambda part: part.process(given[0], np.empty(count, dtype), *given[1:])
        )


class _FailOverSignalPipeline(_FailOverPart[SignalPipeline]):
    def __init__(self, owner: FailOverDevice, kept: "_Kept[SignalPipeline]") -> None:
        super().__init__(owner, kept)
        self.dtype = decision_dtype(owner.config.signal_pipeline.fusion)

    def _spare(self, device: Device) -> SignalPipeline:
        return device.signal_pipeline()

    def process(self, events: Events, results: Results, decisions: Decisions) -> None:
        """See `hydrophone_drivers.signal_pipeline.SignalPipeline.process`."""
        events, results = events.copy(), results.copy()
        self._answer(lambda part: part.process(events, results, decisions))
        self._kept.note(
            events.size,
            lambda part: part.process(events, results, np.empty(events.size, self.dtype)),
        )


def _repeat(device: Device, events: Events) -> None:
    device.process(events, np.empty(events.size, RESULT.dtype))
