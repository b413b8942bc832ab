"""Scoreboard: what a stream block must show on every clock, by its model and its latency."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from hydrophone_model.block import Ports, Values
from hydrophone_model.errors import HydrophoneError
from hydrophone_sim.compare import first_difference
from hydrophone_sim.ports import WORD, Words, pack, unpack, words

Row = tuple[int, int, int | None, int, int | None]

KEPT = 300
"""Clocks that a scoreboard remembers, beside the latency."""


class ScoreboardError(HydrophoneError, AssertionError):
    """The hardware showed something else than predicted; the message says when, where and what.

    Args:
        message: All of it.
        event: Number of the event.
        field: What is wrong.
        expected: What it should be.
        actual: What it is.
    """

    def __init__(self, message: str, *, event: int, field: str, expected: int, actual: int) -> None:
        super().__init__(message)
        self.event, self.field = event, field
        self.expected, self.actual = expected, actual


@dataclass(frozen=True)
class Pins:
    """What a block's streams show within one clock, before its edge.

    Attributes:
        i_valid: An event is offered.
        i_ready: It is accepted.
        o_valid: A result is offered.
        o_ready: It is taken.
        payload: The result's payload.
        early_valid: An early result is offered.
        early: Its payload.
    """

    i_valid: bool
    i_ready: bool
    o_valid: bool
    o_ready: bool
    payload: int
    early_valid: bool = False
    early: int = 0


class Handshake:
    """The handshake of a stream block: a line of places that all move or all stand still.

    A request as the design top's ``apply`` and ``clear`` make it holds events back until the line
    is empty, takes one clock more, and sweeps the state if it is asked to clear.

    Args:
        latency: Places.
        clear_cycles: Clocks after reset on which nothing is accepted.
        early_latency: Place that offers early results, for the clock on which an event comes
            there; 0 for none.
        alone: An event is accepted only when none is in flight.
    """

    def __init__(
        self, *, latency: int, clear_cycles: int, early_latency: int = 0, alone: bool = False
    ) -> None:
        self.latency, self._clear_cycles = latency, clear_cycles
        self._early_latency, self._alone = early_latency, alone
        self.reset()

    def reset(self) -> None:
        """Empties the line and begins the sweep, as the edge of a clock with reset does."""
        self._line, self._moved = [False] * self.latency, False
        self._sweep = self._clear_cycles
        self._phase, self._clears = "run", False
        self._again: bool | None = None
        self.taken = 0
        """Requests carried out."""

    def request(self, *, clear: bool) -> None:
        """Asks for new settings on this clock, and perhaps for a sweep."""
        if self._phase == "run":
            self._phase, self._clears = "asked", clear
        elif self._phase == "drain":
            self._clears |= clear
        elif self._phase == "taken":
            self._again = clear

    @property
    def valid(self) -> bool:
        """Whether a result is offered on this clock."""
        return self._line[-1]

    @property
    def early_valid(self) -> bool:
        """Whether an early result is offered on this clock."""
        place = self._early_latency
        return place > 0 and self._moved and self._line[place - 1]

    def ready(self, o_ready: bool) -> bool:
        """Whether an event is accepted on this clock."""
        free = self._phase in ("run", "asked") and not (self._alone and any(self._line))
        return (o_ready or not self.valid) and self._sweep == 0 and free

    def tick(self, i_valid: bool, o_ready: bool) -> None:
        """The edge of a clock."""
        enters = i_valid and self.ready(o_ready)
        idle = not any(self._line) and self._sweep == 0
        sweeps = self._phase == "taken" and self._clears
        self._moved = o_ready or not self.valid
        if self._moved:
            self._line = [enters, *self._line[:-1]]
        self._sweep = self._clear_cycles if sweeps else max(0, self._sweep - 1)
        match self._phase:
            case "asked":
                self._phase = "drain"
            case "drain" if idle:
                self._phase = "taken"
                self.taken += 1
            case "taken" if self._again is not None:
                self._phase, self._clears, self._again = "drain", self._again, None
            case "taken":
                self._phase = "run"
            case _:
                pass


class Expected:
    """What a stream is to show, one payload after the other.

    Args:
        stream: Its name, for the message.
        ports: Of its payload.
    """

    def __init__(self, stream: str, ports: Ports) -> None:
        self._stream, self._ports = stream, ports
        self._payloads: list[int] = []
        self.shown = 0

    def add(self, columns: Values) -> None:
        """Adds payloads to what will come."""
        self._payloads += integers(pack(self._ports, columns))

    @property
    def done(self) -> bool:
        """Whether all was shown."""
        return self.shown == len(self._payloads)

    @property
    def next(self) -> int | None:
        """The payload that is to be shown next, if one is left."""
        return None if self.done else self._payloads[self.shown]

    def difference(self, payload: int) -> tuple[str, int, int] | None:
        """The field in which the next payload differs, as it is expected and as it is."""
        expected = self._payloads[self.shown]
        if payload == expected:
            return None
        count = words(self._ports)
        want, have = (unpack(self._ports, row_of(value, count)) for value in (expected, payload))
        found = first_difference(self._ports, want, have, f"{self._stream}.")
        if found is None:
            raise ValueError("a payload has bits beside its ports'")
        return found.field, found.expected, found.actual


class Scoreboard:
    """Holds every pin of a block on every clock against its prediction.

    Args:
        name: Of the block, for the message.
        outputs: Its output ports.
        early: Its early output ports, if it has any.
        handshake: Predicts ready and valid.
        seed: Of the stimulus, for the message.

    Attributes:
        rows: Of the last clocks the number of the event that is offered, of the one whose result
            is due and its payload, and the same two of early results.
    """

    def __init__(
        self,
        *,
        name: str,
        outputs: Ports,
        early: Ports | None = None,
        handshake: Handshake,
        seed: int,
    ) -> None:
        self._name, self._seed, self._handshake = name, seed, handshake
        self._ports = {"o": outputs, **({"early": early} if early else {})}
        self.accepted = self.clock = 0
        self.rows: deque[Row] = deque(maxlen=KEPT + handshake.latency)
        self._forget()

    def _forget(self) -> None:
        self._streams = {name: Expected(name, ports) for name, ports in self._ports.items()}
        self._symbols: list[int] = []

    def expect(self, inputs: Values, outputs: Values, early: Values | None = None) -> None:
        """Adds events and the model's answers to what will come."""
        self._streams["o"].add(outputs)
        if early:
            self._streams["early"].add(early)
        count = len(next(iter(inputs.values())))
        self._symbols += inputs["symbol"].tolist() if "symbol" in inputs else [-1] * count

    def reset(self) -> None:
        """A reset: nothing of what was sent will come."""
        self._handshake.reset()
        self._forget()
        self.accepted = 0
        self.clock += 1

    @property
    def taken(self) -> int:
        """Results taken."""
        return self._streams["o"].shown

    @property
    def done(self) -> bool:
        """Whether every expected result was taken."""
        return all(stream.done for stream in self._streams.values())

    def observe(self, pins: Pins) -> None:
        """Checks one clock.

        Raises:
            ScoreboardError: A pin is not what it must be.
        """
        handshake = self._handshake
        shown, early = self._streams["o"], self._streams.get("early")
        flagged, flag = (early.shown, early.next) if early else (0, None)
        self.rows.append((self.accepted, shown.shown, shown.next, flagged, flag))
        ready = handshake.ready(pins.o_ready)
        self._check("o.valid", handshake.valid, pins.o_valid)
        self._check("i.ready", ready, pins.i_ready)
        self._check("early_valid", handshake.early_valid, pins.early_valid)
        if pins.o_valid:
            self._compare("o", pins.payload, last=pins.o_ready)
        if pins.early_valid:
            self._compare("early", pins.early, last=True)
        self.accepted += pins.i_valid and pins.i_ready
        handshake.tick(pins.i_valid, pins.o_ready)
        self.clock += 1

    def _compare(self, name: str, payload: int, *, last: bool) -> None:
        """Checks a payload; what is shown for the last time makes way for the next."""
        stream = self._streams[name]
        different = stream.difference(payload)
        if different is not None:
            raise self._error(*different, event=stream.shown)
        stream.shown += last

    def _check(self, pin: str, expected: bool, actual: bool) -> None:
        if actual != expected:
            raise self._error(pin, int(expected), int(actual), event=self.taken)

    def _error(self, field: str, expected: int, actual: int, *, event: int) -> ScoreboardError:
        known = event < len(self._symbols) and self._symbols[event] >= 0
        symbol = f", symbol {self._symbols[event]}" if known else ""
        return ScoreboardError(
            f"{self._name}: seed {self._seed}, cycle {self.clock}, event {event}"
            f"{symbol}: {field} is {actual}, expected {expected}",
            event=event,
            field=field,
            expected=expected,
            actual=actual,
        )


def integers(packed: Words) -> list[int]:
    """Payload rows as the integers that a simulator's wide signal takes."""
    rows = np.ascontiguousarray(packed, "<u4")
    return [int.from_bytes(row.tobytes(), "little") for row in rows]


def row_of(value: int, count: int) -> Words:
    """One payload of ``count`` words, from its integer."""
    data = value.to_bytes(count * WORD // 8, "little")
    return np.frombuffer(data, "<u4").astype(np.uint32)[None]
