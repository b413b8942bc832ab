"""Session: market events in, results out, on whichever device it was opened.

    with hydrophone.open() as session:
        results = session.process(events)
        for alert in hydrophone.alerts(results):
            print(alert["symbol"], alert["parent_size"])

It is used by one thread at a time; a call is whole or has not happened, whatever a signal handler
raises; memory that others write to harms neither process nor state: see docs/session.md.
"""

from collections.abc import AsyncIterable, Iterable
from functools import partial
from operator import index
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, SupportsIndex, cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydrophone.alert_streams import (
    CAPACITY,
    AlertCallback,
    AlertPublisher,
    AlertQueue,
    SourceAlerts,
    Subscription,
)
from hydrophone.design import load_design
from hydrophone.session_state import SessionParts, export_session, import_session
from hydrophone_drivers.arrays import Events, Results
from hydrophone_drivers.checks import (
    check_events,
    check_results_of,
    check_values,
    checked_events,
    checked_input_results,
    checked_results,
)
from hydrophone_drivers.device import Counters, Device, DeviceInfo
from hydrophone_drivers.errors import DeviceError
from hydrophone_drivers.exclusive_use import ExclusiveUse, native_engine, native_push
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Raw
from hydrophone_model.records import RESULT, Side

if TYPE_CHECKING:
    from hydrophone.decisions import Decisions
    from hydrophone.fusion import Fusion
    from hydrophone.histogram import Histogram
    from hydrophone.steps import Number
    from hydrophone.symbols import Symbols
    from hydrophone.timestamps import Time
    from hydrophone_drivers.signal_pipeline import SignalPipeline

_RESULT = RESULT.dtype


class Session:
    """One opened device with the state of every symbol, for one thread at a time.

    Args:
        device: The device; the session closes it.
        reason: Why it is this one.
    """

    def __init__(self, device: Device, reason: str) -> None:
        self._device = device
        self.reason = reason
        # A structured scalar is a view: it shows whatever the device writes there.
        self._last: np.void = device.last[0]
        self._fusion: Fusion | None = None
        self._signal_pipeline: SignalPipeline | None = None
        self._exclusive_use = ExclusiveUse()
        self._native = native_engine(device)
        self._native_push = native_push(device, self._exclusive_use, Session.push)
        if self._native_push is not None and type(self).push is Session.push:
            # Pushes have no nanoseconds to spare for a method in Python.
            self.__dict__["push"] = self._native_push
        self._publisher = AlertPublisher(self._native_push)
        self._symbols: Symbols | None = None

    @property
    def device(self) -> str:
        """Name of the device that answers."""
        return self._device.info.name

    @property
    def info(self) -> DeviceInfo:
        """Who the device is, in detail."""
        return self._device.info

    @property
    def config(self) -> DesignConfig:
        """The configuration in force."""
        return self._device.config

    @property
    def counters(self) -> Counters:
        """Events, alerts, late events and dropped alerts since the session began or was reset."""
        return self._device.counters

    @property
    def latency(self) -> "Histogram | None":
        """Time of an event in the engine since the session began or was reset: a copy.

        Sampled, see docs/telemetry.md; None on a device that has no engine of its own.
        """
        return getattr(self._device, "latency", None)

    @property
    def symbols(self) -> "Symbols":
        """Names, ticks and lots of the symbols, which the user gives.

        They last as long as the session: `reset`, `reconfigure` and an imported state leave them.
        """
        if self._symbols is None:
            from hydrophone.symbols import Symbols

            self._symbols = Symbols(capacity=self.config.pipeline.symbols)
        return self._symbols

    @property
    def interrupted(self) -> "Results | Decisions | None":
        """What a call had computed when an exception of a signal handler kept it from returning.

        None again when a call returns, or has not happened.
        """
        return cast("Results | Decisions | None", self._exclusive_use.interrupted)

    @property
    def cycles(self) -> Raw | None:
        """Hardware clock cycles of each event of the last batch, shape (events,).

        Counted from the edge that accepts the event to the edge that offers its result. None on
        a device without a clock.
        """
        return self._device.cycles

    def process(self, events: Events, out: Results | None = None) -> Results:
        """Scores a batch of events in order.

        Args:
            events: Shape (n,), dtype `hydrophone_model.records.EVENT`.
            out: Where the results go, shape (n,), dtype `hydrophone_model.records.RESULT`; a new
                array if left out.

        Returns:
            One result an event, in the order of the events; ``out`` if given.

        Raises:
            EventError: An event is out of range; the message names its index, field and allowed
                range. Nothing was processed.
            TypeError: An array of another dtype or shape.
            ValueError: ``out`` has another length, is strided, unaligned or read-only, or overlaps
                events; an array has a mask.
            DeviceError: The session is closed, or at work for another thread.
        """
        self._exclusive_use.interrupted = None
        events = checked_events(events)
        results = np.empty(events.size, _RESULT) if out is None else checked_results(out, events)
        kept = results if out is None else out
        self._exclusive_use.run(self._native, kept, self._device.process, events, results)
        if self._publisher.subscribers:
            self._publish(kept)
        return kept

    def push(
        self,
        *,
        time_ns: SupportsIndex,
        price: SupportsIndex,
        size: SupportsIndex,
        symbol: SupportsIndex,
        side: SupportsIndex,
    ) -> np.void:
        """Scores one event; its sequence number is the count of pushes since `reset`.

        Args:
            time_ns: Exchange timestamp, nanoseconds since the Unix epoch.
            price: Ticks.
            size: Lots.
            symbol: Index of the symbol.
            side: Aggressor side, see `hydrophone_model.records.Side`.

        Returns:
            A `hydrophone_model.records.RESULT` record, which the next push overwrites: copy what
            is to be kept.

        Raises:
            EventError: A value is out of range.
            TypeError: A value is not an integer.
            DeviceError: The session is closed, or at work for another thread.
        """
        if self._native_push is not None:
            return self._native_push(
                time_ns=time_ns, price=price, size=size, symbol=symbol, side=side
            )
        self._exclusive_use.check()
        event = [index(value) for value in (time_ns, price, size, symbol, side)]
        check_values([event[0], 0, *event[1:]], self.config.pipeline)
        self._exclusive_use.run(None, self._device.last, self._device.push, *event)
        self._publisher.publish_record(self._last)
        return self._last

    def push_trade(
        self, *, symbol: str, price: "Number", size: "Number", side: str | Side, time: "Time"
    ) -> np.void:
        """Scores one trade, in the market's own units, of a symbol that `symbols` knows.

        Args:
            symbol: Its name.
            price: A whole number of the symbol's ticks: text, Decimal, integer or float.
            size: A whole number of its lots.
            side: Of the aggressor, ``"buy"`` or ``"sell"``.
            time: Nanoseconds since the Unix epoch, a datetime with its time zone, or a datetime64
                in UTC.

        Returns:
            What `push` returns.

        Raises:
            TypeError: A value is of another type.
            ValueError: A value is out of range, off its grid, or not known; the message names it.
            DeviceError: The session is closed, or at work for another thread.
        """
        trade = self.symbols.trade(symbol=symbol, price=price, size=size, side=side, time=time)
        return self.push(**trade)

    def on_alert(self, callback: AlertCallback) -> Subscription:
        """Calls ``callback(alert)`` for every alert of `process` and `push`, in their thread.

        It is called when the call's work is done and counted, before the call returns; the session
        may be used in it. An exception that it raises is logged (``hydrophone.alerts``) and
        counted in the subscription's ``errors``: it neither breaks the call nor keeps the alert
        from others. What it takes of time, the call takes.

        Args:
            callback: Is given a `hydrophone_model.records.RESULT` record, its own to keep.

        Returns:
            Cancels by its ``cancel()``, or as a context manager.
        """
        return Subscription(self._publisher, callback)

    @overload
    def alerts(self, *, capacity: int = CAPACITY) -> AlertQueue: ...
    @overload
    def alerts(self, source: Iterable[Events] | AsyncIterable[Events]) -> SourceAlerts: ...
    def alerts(
        self,
        source: Iterable[Events] | AsyncIterable[Events] | None = None,
        *,
        capacity: int = CAPACITY,
    ) -> AlertQueue | SourceAlerts:
        """Alerts one after the other, for ``for`` and ``async for``.

        Args:
            source: Batches of events, which are processed as the alerts are asked for. Left out,
                the alerts are those of `process` and `push`, wherever they are called: the queue
                is for one other thread, or for an event loop.
            capacity: Alerts that the queue holds. When it is full, the oldest one is dropped and
                counted in its ``dropped``: nothing holds the session up.

        Raises:
            ValueError: The capacity is less than 1.
        """
        if source is not None:
            return SourceAlerts(self.process, source)
        return AlertQueue(self._publisher, capacity)

    def fuse(
        self,
        scores: ArrayLike,
        *,
        present: ArrayLike | None = None,
        outcome: ArrayLike | None = None,
        scale: float | None = None,
        out: NDArray[np.void] | None = None,
    ) -> "Decisions":
        """Fuses the scores that K systems give N candidates into one ranking, once a table.

        K and N are those of the configuration's `fusion`, which also says which combination
        decides. The fusion's state, what the systems have shown so far, is the session's; it knows
        nothing of the events.

        Args:
            scores: Larger is better; shape (K, N) for one decision, or (decisions, K, N). Real
                numbers, NaN and infinities are missing; or raw int16 in the format
                `hydrophone_model.formats.SCORE`, `hydrophone_model.formats.MISSING` is missing.
            present: Who takes part, true or false, 1 or 0; shape (N,) for all decisions or
                (decisions, N); all, if left out.
            outcome: What became of the candidates, as their return since the last decision that
                was given an outcome, or since the first one: the systems' performance learns from
                its order. Shape (decisions, N), or (N,) for one decision. Nothing is given where
                one that took part then has NaN.
            scale: Makes real scores raw, and raw ones take none; by default each system is spread
                by itself, see `hydrophone.score_conversion.raw_scores`.
            out: Where the records go, one a decision, dtype
                `hydrophone_model.fusion.decision.decision_dtype`; new ones if left out.

        Raises:
            TypeError: Something other than numbers was given, or ``out`` is no array.
            ValueError: A shape does not fit the configuration or the scores, an array has a mask,
                ``scale`` is not positive or belongs to raw scores, ``present`` is neither true
                nor false, or ``out`` cannot be written or overlaps the scores. Nothing was
                decided or learned.
            DeviceError: The session is closed, or at work for another thread, or its device
                cannot fuse.
        """
        self._exclusive_use.interrupted = None
        fusion = self._fusion
        if fusion is None:
            with self._exclusive_use:
                fusion = self._opened_fusion()
        return fusion.fuse(scores, present=present, outcome=outcome, scale=scale, out=out)

    def decide(
        self, events: Events, results: Results, out: NDArray[np.void] | None = None
    ) -> "Decisions":
        """Decides on each event which candidate is the best: the first symbols are candidates.

        Eight signals score them, see `hydrophone_model.signals`; the configuration's `fusion`
        says how many candidates there are, and which combination decides. Performance is learned
        from the candidates' returns, every `realised.horizon` events.

        Args:
            events: Those that were processed, shape (n,), in order.
            results: What `process` said of them.
            out: Where the records go, shape (n,), dtype
                `hydrophone_model.fusion.decision.decision_dtype`; new ones if left out.

        Raises:
            EventError: An event is out of range. Nothing was decided.
            TypeError: The events are no array of `hydrophone_model.records.EVENT`, or the results
                none of `hydrophone_model.records.RESULT`.
            ValueError: The results are not those of the events, or ``out`` cannot be written.
            DeviceError: The session is closed, or at work for another thread, or its device
                cannot decide.
        """
        self._exclusive_use.interrupted = None
        from hydrophone.decisions import Decisions
        from hydrophone.fusion_checks import checked_records

        signal_pipeline = self._signal_pipeline
        if signal_pipeline is None:
            with self._exclusive_use:
                signal_pipeline = self._opened_signal_pipeline()
        events, results = checked_events(events), checked_input_results(results)
        native = native_engine(signal_pipeline)
        if native is None:
            # Others may write to the caller's memory meanwhile.
            events, results = events.copy(), results.copy()
            check_events(events, self.config.pipeline)
            check_results_of(results, events)
        records = checked_records(
            out, signal_pipeline.dtype, events.shape, events=events, results=results
        )
        return self._exclusive_use.run(
            native, Decisions(records), signal_pipeline.process, events, results, records
        )

    def export_state(
        self, *, symbols: Iterable[int] | None = None, classes: Iterable[int] | None = None
    ) -> bytes:
        """State as bytes: what every symbol, class and fusion has learned; see docs/state.md.

        Another session of the same design goes on from it as this one does, whatever its device.

        Args:
            symbols: The symbols to take out; all, with everything else, if left out.
            classes: The classes to take out, likewise.

        Raises:
            StateError: There is no such symbol or class.
            DeviceError: The session is closed, or at work for another thread, or its device cannot
                show its state.
        """
        exported: list[bytes] = []

        def export() -> None:
            exported.append(export_session(self._parts(), symbols=symbols, classes=classes))

        self._exclusive_use.run(None, None, export)
        return exported[0]

    def import_state(self, data: bytes | bytearray | memoryview) -> None:
        """Takes over a state that `export_state` gave, its settings included.

        What it holds of symbols and classes takes the place of theirs; a whole one that of
        everything, counters included, and what it lacks begins anew.

        Raises:
            StateError: It is no state, damaged, cut off, of another version, or one that no run
                leads to. Nothing has changed.
            ConfigError: It is of another design; the message names the difference. Nothing has
                changed.
            DeviceError: The session is closed, or at work for another thread, or its device cannot
                take over a state.
        """
        self._exclusive_use.run(None, None, partial(import_session, self._parts(), data))

    def reset(self) -> None:
        """Forgets every symbol, what systems have shown, and the counters."""

        def reset() -> None:
            self._device.reset()
            for part in (self._fusion, self._signal_pipeline):
                if part is not None:
                    part.reset()

        self._exclusive_use.run(None, None, reset)

    def _parts(self) -> SessionParts:
        """What the session's state is the state of."""
        return SessionParts(
            device=self._device,
            fusion=lambda make: self._opened_fusion() if make else self._fusion,
            signal_pipeline=lambda make: (
                self._opened_signal_pipeline() if make else self._signal_pipeline
            ),
            forget=self._forget,
        )

    def _forget(self, part: str) -> None:
        if part == "fusion":
            self._fusion = None
        else:
            self._signal_pipeline = None

    def _opened_fusion(self) -> "Fusion":
        if self._fusion is None:
            from hydrophone.fusion import Fusion

            self._fusion = Fusion(
                self._device.fusion_device(), self.config.fusion, self._exclusive_use.run
            )
        return self._fusion

    def _opened_signal_pipeline(self) -> "SignalPipeline":
        if self._signal_pipeline is None:
            self._signal_pipeline = self._device.signal_pipeline()
        return self._signal_pipeline

    def reconfigure(
        self, config: str | Path | DesignConfig, *, alert_budget: float | None = None
    ) -> None:
        """Changes parameters that registers carry, between two events; states stay.

        First thresholds and first ladders act at the next `reset`.

        Raises:
            ConfigError: The configuration needs another design; open a new session for it. Nothing
                has changed.
            DeviceError: The session is closed, or at work for another thread.
        """
        design = load_design(config, alert_budget)

        def reconfigure() -> None:
            self._device.reconfigure(design)
            if self._fusion is not None:
                self._fusion.reconfigure(self.config.fusion)
            if self._signal_pipeline is not None:
                self._signal_pipeline.reconfigure(self.config.signal_pipeline.fusion)

        self._exclusive_use.run(None, None, reconfigure)

    def close(self) -> None:
        """Gives the device back; closing twice is allowed.

        Raises:
            DeviceError: The session is at work for another thread.
        """
        with self._exclusive_use:
            self._device.close()
            self._fusion = self._signal_pipeline = self._native = None
            if self._native_push is not None:
                self._native_push.close(self._device.push)
        self._publisher.close()

    def _publish(self, results: Results) -> None:
        try:
            self._publisher.publish(results)
        except BaseException:
            # A signal handler's, for those of callbacks are logged.
            self._exclusive_use.interrupted = results
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except DeviceError:
            # After a second interrupt the first one's batch is still at work: it keeps the device.
            if error is None:
                raise

    def __repr__(self) -> str:
        return f"<Session on {self.device} ({self.info.detail}), config {self.config.name}>"
