"""Random programs in the whole language, right and wrong: what is no hardware has to be refused.

A program is drawn from a seed: ports of odd formats, every operation, NumPy's integers as operands,
states of any depth, couples of states, windows, plain memories, tables, settings. Now and then it
does what must not be done. What a step is refused with it passes on if it is strict, else it
leaves the step out.
"""

from collections.abc import Callable, Mapping

import numpy as np
from tests.hdl.hls.drawing import Drawing
from tests.hdl.hls.toy import ToyParams, input_number

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.flags import any_of, counted, masked, merged
from hydrophone_hdl.hls.graph import DescriptionError
from hydrophone_hdl.hls.memory import Memory, State
from hydrophone_hdl.hls.number import (
    Number,
    absolute,
    choose,
    join,
    largest,
    leading_one,
    lookup,
    number,
    positive,
    select,
    smallest,
    total,
    weighted_sum,
)
from hydrophone_hdl.window import Window
from hydrophone_model.block import Controls
from hydrophone_model.fixed import FLAG, Fixed, FormatError, Overflow, Rounding
from hydrophone_model.timing import Timing

KINDS = [np.dtype(code).type for code in "bhilq"]
WIDEST = 24
"""Bits up to which values are kept as they are: wider ones are seldom, for the time they take."""


def odd_format(rng: np.random.Generator, widest: int) -> Fixed:
    """A format of any kind, up to a width."""
    signed = bool(rng.integers(2))
    width = int(rng.integers(1 + signed, widest, endpoint=True))
    fraction = int(rng.choice([0, 0, 0, 1, 4, width, width + 2, -2]))
    return Fixed(
        signed=signed,
        integer=width - int(signed) - fraction,
        fraction=fraction,
        rounding=list(Rounding)[rng.integers(2)],
        overflow=list(Overflow)[rng.integers(2)],
    )


class Program(Drawing):
    """One random program; the same seed draws the same again."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        shape = np.random.default_rng([seed, 1])
        self.strict, self.wild = shape.random() < 0.5, float(shape.choice([0, 0.03, 0.2]))
        widest = int(shape.choice([9, 16, 63], p=[0.5, 0.4, 0.1]))
        self.inputs = {
            f"{self._prefix}_{name}": odd_format(shape, widest)
            for name in "abcd"[: shape.integers(1, 5)]
        }
        self.settings: Controls = {}
        for name in "km"[: shape.integers(3)]:
            format = odd_format(shape, 12)
            value = int(shape.integers(format.min, format.max, endpoint=True))
            self.settings[f"{self._prefix}_{name}"] = format, (value,)

    def draw(self, given: Mapping[str, Number]) -> dict[str, Number]:
        """Describes it behind its inputs and settings; returns what comes out."""
        self._pool = [*given.values(), number(self._int(-9, 9))]
        steps = [self._operation] * self._int(3, 14) + [self._wide] * self._int(0, 2)
        steps += [self._remembered] * self._int(0, 2) + [self._couple] * self._int(0, 1)
        steps += [self._pushed] * self._int(0, 1) + [self._window] * self._int(0, 1)
        for place in self._rng.permutation(len(steps)):
            try:
                steps[int(place)]()
            except (FormatError, DescriptionError):
                if self.strict:
                    raise
        results = [*self._pool[-3:], self._pick()]
        return {f"{self._prefix}_{place}": value for place, value in enumerate(results)}

    # -- choices ------------------------------------------------------------------------------

    def _astray(self) -> bool:
        return bool(self._rng.random() < self.wild)

    def _format(self) -> Fixed:
        return odd_format(self._rng, 14)

    def _number(self, low: int, high: int) -> int:
        """An integer, of NumPy more often than not."""
        kind = KINDS[self._int(0, len(KINDS) - 1)]
        value = self._int(low, high)
        return kind(value) if self._rng.random() < 0.7 else value  # pyright: ignore[reportReturnType] - as good

    def _keep(self, value: Number) -> None:
        wide = value.width > WIDEST and self._rng.random() < 0.9
        self._pool.append(value.to(self._format()) if wide else value)

    def _below(self, depth: int) -> Number:
        """An address below a depth."""
        if self._astray():
            return self._pick()
        bits = max(1, (depth - 1).bit_length())
        index = self._index(bits)
        return smallest([index, depth - 1]).wrap(Fixed(integer=bits))

    def _fitting(self, value: Number, format: Fixed) -> Number:
        """A value for a member or a slot of a format."""
        if self._astray():
            return value
        return (
            value.to(format)
            if self._rng.random() < 0.3
            else value.cut(format.fraction).wrap(format)
        )

    # -- steps --------------------------------------------------------------------------------

    def _operation(self) -> None:
        a, b, c = self._pick(), self._pick(), self._pick()
        i, shift = self._number(-20, 20), self._number(-1 if self._astray() else 0, 5)
        operations: list[Callable[[], Number]] = [
            lambda: i + a,
            lambda: a - i,
            lambda: i - a,
            lambda: i * a,
            lambda: i & a,
            lambda: a | i,
            lambda: i ^ a,
            lambda: a << shift,
            lambda: a >> shift,
            lambda: a << self._index(2),
            lambda: a >> b.raw if not b.format.signed else a >> self._index(3),
            lambda: a.shift_left_truncating(self._index(self._int(1, 7))),
            lambda: [a == i, a > i, a >= i, a != i, a == b, a > b][self._int(0, 5)],
            lambda: a + b,
            lambda: a - b,
            lambda: a * b,
            lambda: [a & b, a | b, a ^ b, ~a][self._int(0, 3)],
            lambda: a.to(self._format()),
            lambda: a.to(self._format()),
            lambda: a.cut(self._int(-2, 6)),
            lambda: a.wrap(self._format()),
            lambda: [positive(a), absolute(a), -a][self._int(0, 2)],
            lambda: select(self._flag(), a, b),
            lambda: choose(self._index(3), [a, b, i, self._pick()]),
            lambda: lookup(
                self._rng.integers(-99, 99, self._int(1, 9)),
                a if self._astray() else self._index(3),
            ),
            lambda: lookup([3, 1, 4], join(*[self._index(4)] * self._int(1, 5))),
            lambda: leading_one(join(a, b)),
            lambda: total([a, b, i, self._pick(), c, a]),
            lambda: total([a, b, -c, *[a] * self._int(0, 5)]),
            lambda: weighted_sum([a, b], [self._number(-99, 99), i]),
            lambda: [largest([a, b, c, i]), smallest([a, b, i])][self._int(0, 1)],
            lambda: a.bits(self._number(0, a.width // 2), self._number(a.width // 2, a.width)),
            lambda: join(a, b.bit(self._int(0, b.width - 1)), c),
            lambda: any_of([self._flag(), a.bit(0)]) ^ masked(a, self._flag()).bit(0),
            lambda: counted([self._flag() for _ in range(self._int(1, 9))], plus=2),
            lambda: merged([self._flag(), self._flag()], [a, a]),
        ]
        self._keep(operations[self._int(0, len(operations) - 1)]())

    def _wide(self) -> None:
        """What comes near the widest format that there is."""
        a, b = self._pick(), self._pick()
        product = a * a * b
        self._pool.append(product.to(self._format()))
        self._keep(total([product, a, b, product.bits(0, 3), a]).to(self._format()))

    def _new_state(self, members: int) -> State:
        depth = self._int(0 if self._astray() else 1, 13)
        formats = [self._format() for _ in range(members)]
        first: list[tuple[Fixed, int | Number]] = [(f, self._int(f.min, f.max)) for f in formats]
        if self._astray():
            first[0] = formats[0], self._pick()
        self._states += 1
        name = self._prefix if self._astray() else f"{self._prefix}_state{self._states}"
        return State(name, address=self._below(max(1, depth)), depth=depth, members=first)

    def _successor(self, now: Number, format: Fixed) -> Number:
        other = self._pick()
        free: list[Callable[[], Number]] = [
            lambda: now + other,
            lambda: select(other.any(), now, other),
            lambda: now ^ other,
            lambda: largest([now, other]),
            lambda: select(now.negative, other, now + 1),
            lambda: other,
        ]
        return self._fitting(free[self._int(0, len(free) - 1)](), format)

    def _remembered(self) -> None:
        state = self._new_state(self._int(1, 3))
        for value in state.read:
            self._pool.append(value)
        for _ in range(self._int(0, 2) if self._rng.random() < 0.2 else 0):
            self._operation()
        for _ in range(self._int(0, 2) if self._astray() else 1):
            state.write(
                *(self._successor(n, f) for n, f in zip(state.read, state.formats, strict=True))
            )

    def _pushed(self) -> None:
        """A window, whose push or value may follow from what it gave."""
        symbols, length = self._int(1, 9), 1 << self._int(1, 4)
        self._states += 1
        name = f"{self._prefix}_window{self._states}"
        state = self._new_state(1)
        push = state.read[0].any() if self._astray() else self._flag()
        members = [self._pick() for _ in range(self._int(1, 2))]
        window = Window(
            name, self._below(symbols), *members, symbols=symbols, length=length, push=push
        )
        for value in (*window.gone, window.count, window.leaves):
            self._pool.append(value)
        state.write(self._successor(state.read[0], state.formats[0]))

    def _window(self) -> None:
        """A plain memory that is read a while after it was written."""
        bits = self._int(3, 5)
        counter, value = Fixed(integer=bits), self._pick()
        self._states += 1
        name = f"{self._prefix}_ring{self._states}"
        count = State(name, members=[(counter, 0)])
        count.write((count.read[0] + 1).wrap(counter))
        ring = Memory(name, depth=1 << bits, format=self._format(), reuse=(1 << bits) - 1)
        self._keep(ring.read(count.read[0]))
        self._keep(ring.read((count.read[0] + 1).wrap(counter)))
        enable = self._pick() if self._astray() else self._flag()
        ring.write(count.read[0], self._fitting(value, ring.format), enable=enable)


class Programs(Datapath):
    """Random programs side by side."""

    params: ToyParams

    def __init__(self, params: ToyParams, seeds: tuple[int, ...]) -> None:
        super().__init__(params)
        self.seeds = seeds

    @property
    def controls(self) -> Controls:
        """Those of every program."""
        return {
            name: control for seed in self.seeds for name, control in Program(seed).settings.items()
        }

    def build(self, inputs: Numbers) -> Numbers:
        """The results of every program."""
        results: dict[str, Number] = {}
        for seed in self.seeds:
            program = Program(seed)
            given = {name: inputs[name][0] for name in program.inputs}
            given |= {name: self.control(name)[0] for name in program.settings}
            results |= program.draw(given)
        return {name: [result] for name, result in results.items()}


def programs(*seeds: int, timing: Timing) -> Programs:
    """The programs of some seeds; a result's port is now and then of another format than it."""
    takes = {name: format for seed in seeds for name, format in Program(seed).inputs.items()}
    probe = Programs(ToyParams(timing=timing, takes=tuple(takes.items()), gives=()), seeds)
    inputs = {name: [input_number(name, format)] for name, format in takes.items()}
    try:
        gives = {name: value.format for name, (value,) in probe.build(inputs).items()}
    except (FormatError, DescriptionError):
        gives = {"refused": FLAG}
    for seed in seeds:
        program, name = Program(seed), f"g{seed}_0"
        if program.strict and np.random.default_rng([seed, 2]).random() < program.wild:
            gives[name] = FLAG
    params = ToyParams(timing=timing, takes=tuple(takes.items()), gives=tuple(gives.items()))
    return Programs(params, seeds)
