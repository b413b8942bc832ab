"""What a stream block must show on every clock, predicted from its model and its latency."""

from dataclasses import dataclass

import numpy as np

from hydrophone_model.block import Ports, Values
from hydrophone_sim.ports import WORD, Words, pack, unpack, words


class ScoreboardError(AssertionError):
    """The hardware showed something else than predicted; the message says when, where and what."""


@dataclass(frozen=True)
class Pins:
    """What a block's streams show within one clock, before its edge.

    Attributes:
        i_valid: An event is offered.
        i_ready: It is accepted.
        o_valid: A result is offered.
        o_ready: It is taken.
        payload: The result's payload.
    """

    i_valid: bool
    i_ready: bool
    o_valid: bool
    o_ready: bool
    payload: int


class Handshake:
    """The handshake of a stream block: a line of places that all move or all stand still.

    A request as the design top's ``apply`` and ``clear`` make it holds events back until the line
    is empty, takes one clock more, and sweeps the state if it is asked to clear.

    Args:
        latency: Places.
        clear_cycles: Clocks after reset on which nothing is accepted.
    """

    def __init__(self, *, latency: int, clear_cycles: int) -> None:
        self._latency, self._clear_cycles = latency, clear_cycles
        self.reset()

    def reset(self) -> None:
        """Empties the line and begins the sweep, as the edge of a clock with reset does."""
        self._line = [False] * self._latency
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

    def ready(self, o_ready: bool) -> bool:
        """Whether an event is accepted on this clock."""
        free = self._phase in ("run", "asked")
        return (o_ready or not self.valid) and self._sweep == 0 and free

    def tick(self, i_valid: bool, o_ready: bool) -> None:
        """The edge of a clock."""
        enters = i_valid and self.ready(o_ready)
        idle = not any(self._line) and self._sweep == 0
        sweeps = self._phase == "taken" and self._clears
        if o_ready or not self.valid:
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


class Scoreboard:
    """Holds every pin of a block on every clock against its prediction.

    Args:
        name: Of the block, for the message.
        outputs: Its output ports.
        handshake: Predicts ready and valid.
        seed: Of the stimulus, for the message.
    """

    def __init__(self, *, name: str, outputs: Ports, handshake: Handshake, seed: int) -> None:
        self._name, self._outputs, self._seed = name, outputs, seed
        self._handshake = handshake
        self._payloads: list[int] = []
        self._symbols: list[int] = []
        self.accepted = self.taken = self.clock = 0

    def expect(self, inputs: Values, outputs: Values) -> None:
        """Adds events and the model's answers to what will come."""
        self._payloads += integers(pack(self._outputs, outputs))
        count = len(next(iter(inputs.values())))
        self._symbols += inputs["symbol"].tolist() if "symbol" in inputs else [-1] * count

    def reset(self) -> None:
        """A reset: nothing of what was sent will come."""
        self._handshake.reset()
        self._payloads, self._symbols = [], []
        self.accepted = self.taken = 0
        self.clock += 1

    @property
    def done(self) -> bool:
        """Whether every expected result was taken."""
        return self.taken == len(self._payloads)

    def observe(self, pins: Pins) -> None:
        """Checks one clock.

        Raises:
            ScoreboardError: A pin is not what it must be.
        """
        if pins.o_valid != self._handshake.valid:
            raise self._error("o.valid", int(self._handshake.valid), int(pins.o_valid))
        ready = self._handshake.ready(pins.o_ready)
        if pins.i_ready != ready:
            raise self._error("i.ready", int(ready), int(pins.i_ready))
        if pins.o_valid and pins.payload != self._payloads[self.taken]:
            raise self._payload_error(self._payloads[self.taken], pins.payload)
        self.taken += pins.o_valid and pins.o_ready
        self.accepted += pins.i_valid and pins.i_ready
        self._handshake.tick(pins.i_valid, pins.o_ready)
        self.clock += 1

    def _payload_error(self, expected: int, actual: int) -> ScoreboardError:
        ports = self._outputs
        count = words(ports)
        want, have = (
            {
                name: np.atleast_1d(column[0]).tolist()
                for name, column in unpack(ports, row_of(value, count)).items()
            }
            for value in (expected, actual)
        )
        for name, port in ports.items():
            for element, (a, b) in enumerate(zip(want[name], have[name], strict=True)):
                if a != b:
                    field = name if port.count == 1 else f"{name}[{element}]"
                    return self._error(f"o.{field}", a, b)
        return self._error("o.payload", expected, actual)

    def _error(self, field: str, expected: int, actual: int) -> ScoreboardError:
        known = self.taken < len(self._symbols) and self._symbols[self.taken] >= 0
        symbol = f", symbol {self._symbols[self.taken]}" if known else ""
        return ScoreboardError(
            f"{self._name}: seed {self._seed}, cycle {self.clock}, event {self.taken}"
            f"{symbol}: {field} is {actual}, expected {expected}"
        )


def integers(packed: Words) -> list[int]:
    """Payload rows as the integers that a simulator's wide signal takes."""
    rows = np.ascontiguousarray(packed, "<u4")
    return [int.from_bytes(row.tobytes(), "little") for row in rows]


def row_of(value: int, count: int) -> Words:
    """One payload of ``count`` words, from its integer."""
    data = value.to_bytes(count * WORD // 8, "little")
    return np.frombuffer(data, "<u4").astype(np.uint32)[None]
