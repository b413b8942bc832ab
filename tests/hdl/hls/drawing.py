"""Random datapaths: arithmetic, state with loops of every shape, windows."""

from collections.abc import Callable, Mapping

import numpy as np
from tests.hdl.hls.toy import toy

from hydrophone_hdl.block import Datapath
from hydrophone_hdl.hls.memory import Memory, State
from hydrophone_hdl.hls.number import (
    Number,
    choose,
    constant,
    join,
    leading_one,
    lookup,
    number,
    positive,
    select,
    total,
)
from hydrophone_model.fixed import Fixed, Overflow, Rounding
from hydrophone_model.timing import DEFAULT_TIMING, Timing

INPUTS = {
    "who": Fixed(integer=3),
    "a": Fixed(integer=8),
    "b": Fixed(signed=True, integer=9),
    "c": Fixed(signed=True, integer=3, fraction=4),
    "d": Fixed(integer=1),
}
SETTINGS = {"k": (Fixed(signed=True, integer=4), -9), "m": (Fixed(integer=5), 22)}
WIDEST = 20
"""Results beyond are brought back below."""


class Drawing:
    """One random datapath; the same seed draws the same again.

    Args:
        seed: Of all choices.
        memories: Whether there are states and memories.
    """

    def __init__(self, seed: int, *, memories: bool = True) -> None:
        self._rng = np.random.default_rng(seed)
        self._prefix = f"g{seed}"
        self._memories = memories
        self._pool: list[Number] = []
        self._states = 0

    def draw(self, given: Mapping[str, Number]) -> dict[str, Number]:
        """Describes it behind inputs and settings; returns what comes out."""
        self._pool = [*given.values(), number(self._int(-9, 9))]
        self._pool[-1:] = [constant(self._int(0, 7), Fixed(integer=1, fraction=2))]
        steps: list[Callable[[], None]] = [self._operation] * self._int(6, 16)
        if self._memories:
            steps += [self._state] * self._int(1, 3) + [self._couple] * self._int(0, 1)
            steps += [self._window] * self._int(0, 1)
        for place in self._rng.permutation(len(steps)):
            steps[int(place)]()
        results = [self._pick() for _ in range(3)] + self._pool[-3:]
        return {f"{self._prefix}_{place}": value for place, value in enumerate(results)}

    # -- choices ------------------------------------------------------------------------------

    def _int(self, low: int, high: int) -> int:
        return int(self._rng.integers(low, high, endpoint=True))

    def _pick(self) -> Number:
        # What came last is preferred, so that paths get long.
        newest = self._rng.random() < 0.7
        return self._pool[
            self._int(max(0, len(self._pool) - 4) if newest else 0, len(self._pool) - 1)
        ]

    def _flag(self) -> Number:
        return [self._pick() < self._pick(), self._pick() == self._pick(), self._pick().any()][
            self._int(0, 2)
        ]

    def _format(self) -> Fixed:
        return Fixed(
            signed=bool(self._int(0, 1)),
            integer=self._int(2, 12),
            fraction=self._int(0, 4),
            rounding=list(Rounding)[self._int(0, 1)],
            overflow=list(Overflow)[self._int(0, 1)],
        )

    def _index(self, bits: int) -> Number:
        """An unsigned integer of so many bits."""
        value = self._pick()
        low = value.bits(0, min(bits, value.width))
        return low if low.width == bits else join(low, constant(0, Fixed(integer=bits - low.width)))

    def _keep(self, value: Number) -> None:
        self._pool.append(value if value.width <= WIDEST else value.to(self._format()))

    # -- steps --------------------------------------------------------------------------------

    def _operation(self) -> None:
        a, b = self._pick(), self._pick()
        operations: list[Callable[[], Number]] = [
            lambda: a + b,
            lambda: a - b,
            lambda: a + self._int(-20, 20),
            lambda: a * b,
            lambda: a * self._int(-30, 30),
            lambda: a & b,
            lambda: a | b,
            lambda: a ^ b,
            lambda: ~a,
            lambda: select(self._flag(), a, b),
            lambda: a << self._index(2),
            lambda: a >> self._index(3),
            lambda: a.to(self._format()),
            lambda: positive(-a),
            lambda: choose(self._index(3), [a, b, self._pick(), 3, self._pick()]),
            lambda: lookup(self._rng.integers(-99, 99, 16).tolist(), self._index(4)),
            lambda: leading_one(join(a, b)),
            lambda: total([a, b, self._pick(), self._pick(), a]),
            lambda: join(a.bits(0, (a.width + 1) // 2), b),
        ]
        self._keep(operations[self._int(0, len(operations) - 1)]())

    def _new_state(self, members: int) -> State:
        bits = (1, 3, 3, 7)[self._int(0, 3)]
        formats = [self._format() for _ in range(members)]
        first: list[tuple[Fixed, int | Number]] = [(f, self._int(f.min, f.max)) for f in formats]
        self._states += 1
        return State(
            f"{self._prefix}_state{self._states}",
            address=self._index(bits),
            depth=1 << bits,
            members=first,
        )

    def _successor(self, now: Number, format: Fixed) -> Number:
        """Of a member, by a loop as short as an adder or none at all."""
        other = self._pick()
        free: list[Callable[[], Number]] = [
            lambda: now + other,
            lambda: now - other,
            lambda: select(other.any(), now, other),
            lambda: other,
            lambda: now ^ other,
            lambda: select(now < other, other, now),
            lambda: select(now.negative, other, now + 1),
        ]
        value = free[self._int(0, len(free) - 1)]()
        return value.cut(format.fraction).wrap(format)

    def _state(self) -> None:
        state = self._new_state(self._int(1, 3))
        state.write(
            *(self._successor(n, f) for n, f in zip(state.read, state.formats, strict=True))
        )
        for value in state.read:
            self._keep(value)

    def _couple(self) -> None:
        """Two states that renew each other."""
        one, two = self._new_state(1), self._new_state(1)
        one.write(self._successor(two.read[0], one.formats[0]))
        two.write(self._successor(one.read[0], two.formats[0]))
        self._keep(one.read[0])
        self._keep(two.read[0])

    def _window(self) -> None:
        """The value some events of the same index ago, and the one before."""
        bits = self._int(3, 5)
        index, value = self._index(2), self._pick()
        counter = Fixed(integer=bits)
        self._states += 1
        count = State(
            f"{self._prefix}_count{self._states}", address=index, depth=4, members=[(counter, 0)]
        )
        count.write((count.read[0] + 1).wrap(counter))
        ring = Memory(
            f"{self._prefix}_ring{self._states}",
            depth=4 << bits,
            format=value.format,
            reuse=(1 << bits) - 1,
        )
        slot = join(count.read[0], index)
        self._keep(ring.read(slot))
        self._keep(ring.read(join((count.read[0] + 1).wrap(counter), index)))
        ring.write(slot, value, enable=self._flag())


def drawn(*seeds: int, memories: bool = True, timing: Timing = DEFAULT_TIMING) -> Datapath:
    """The random datapaths of some seeds, side by side in one."""

    def describe(given: Mapping[str, Number]) -> dict[str, Number]:
        results: dict[str, Number] = {}
        for seed in seeds:
            results |= Drawing(seed, memories=memories).draw(given)
        return results

    return toy(describe, INPUTS, settings=SETTINGS, timing=timing)
