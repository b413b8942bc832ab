"""Bit-exact comparison, and the one sentence that says where it failed."""

from dataclasses import dataclass

import numpy as np

from hydrophone_model.block import Ports, Values


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A clock at which hardware showed something wrong.

    Attributes:
        cycle: Clock since reset.
        start: Number of the first event of the batch in which it is.
        expected: The model's outputs of that batch, where they are known.
        field: What is wrong, as of `Mismatch`.
    """

    cycle: int
    start: int = 0
    expected: Values | None = None
    field: str = ""


@dataclass(frozen=True)
class Waveform:
    """Files that show the clocks around a fault.

    Attributes:
        path: The waveform, VCD.
        viewer: What opens it at the fault.
        fst: The waveform once more, as FST, where that can be written.
    """

    path: str = ""
    viewer: str = ""
    fst: str = ""

    def __str__(self) -> str:
        at = f" (at the fault: {self.viewer})" if self.viewer else ""
        return f"; waveform: {self.path}{at}" if self.path else ""


NO_WAVEFORM = Waveform()


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """The first difference between an implementation of a block and its golden model.

    Attributes:
        block: Name of the block.
        implementation: Who answered: an engine, the kernel, a file.
        source: What the events were: random, real, …
        seed: Of the random stimulus.
        event: Number of the event within its source.
        cycle: Clock since reset on which the result was first offered, of an implementation with
            clocks.
        symbol: Of the event, if the block has one.
        field: Output port, ``early.`` before it if it is an early one, with the element in brackets
            if it has several.
        expected: The model's raw value.
        actual: The implementation's raw value.
        waveform: Files that show the clocks around it.
    """

    block: str
    implementation: str
    source: str
    seed: int
    event: int
    cycle: int | None
    symbol: int | None
    field: str
    expected: int
    actual: int
    waveform: Waveform = NO_WAVEFORM

    @classmethod
    def of(
        cls,
        difference: "Difference",
        inputs: Values,
        *,
        block: str,
        implementation: str,
        source: str,
        seed: int,
        start: int = 0,
        cycle: int | None = None,
    ) -> "Mismatch":
        """What a difference within a batch means.

        Args:
            difference: Where the implementation's answer differs from the model's.
            inputs: The batch.
            block: As the attribute, like those that follow.
            implementation: Who answered.
            source: What the events were.
            seed: Of the random stimulus.
            start: Number of the batch's first event within its source.
            cycle: Clock on which the result was offered.
        """
        return cls(
            block=block,
            implementation=implementation,
            source=source,
            seed=seed,
            event=start + difference.event,
            cycle=cycle,
            symbol=int(inputs["symbol"][difference.event]) if "symbol" in inputs else None,
            field=difference.field,
            expected=difference.expected,
            actual=difference.actual,
        )

    def __str__(self) -> str:
        where = [f"seed {self.seed}", f"{self.source} event {self.event}"]
        if self.cycle is not None:
            where.append(f"cycle {self.cycle}")
        if self.symbol is not None:
            where.append(f"symbol {self.symbol}")
        return (
            f"{self.block} on {self.implementation}: {', '.join(where)}: "
            f"{self.field} is {self.actual}, expected {self.expected}{self.waveform}"
        )


@dataclass(frozen=True)
class Broken:
    """An implementation that gave no answer to compare.

    Attributes:
        block: Name of the block.
        implementation: Which one.
        message: What happened.
        cycle: Clock since reset at which it did, if the implementation has clocks.
        waveform: Files that show the clocks around it.
    """

    block: str
    implementation: str
    message: str
    cycle: int | None = None
    waveform: Waveform = NO_WAVEFORM

    def __str__(self) -> str:
        return f"{self.message}{self.waveform}"


@dataclass(frozen=True)
class Difference:
    """Where two sets of columns differ first.

    Attributes:
        event: Row.
        field: Port, with the element in brackets if it has several.
        expected: Raw value of the first set.
        actual: Raw value of the second.
    """

    event: int
    field: str
    expected: int
    actual: int


def first_difference(
    ports: Ports, expected: Values, actual: Values, prefix: str = ""
) -> Difference | None:
    """The earliest event in which two sets of columns differ; of several ports, the first.

    A missing or an additional row counts as a difference of the pseudo-field ``rows``. The field's
    name has a prefix.
    """
    found: Difference | None = None
    for name in ports:
        want, have = np.asarray(expected[name]), np.asarray(actual[name])
        if len(want) != len(have):
            return Difference(min(len(want), len(have)), f"{prefix}rows", len(want), len(have))
        if np.array_equal(want, have):
            continue
        place = tuple(int(i) for i in np.argwhere(want != have)[0])
        if found is None or place[0] < found.event:
            field = prefix + name + "".join(f"[{element}]" for element in place[1:])
            found = Difference(place[0], field, int(want[place]), int(have[place]))
    return found
