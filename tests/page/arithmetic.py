"""Functions of docs/blocks.md in plain Python, written from that page alone, tables included."""

import re
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

PAGE = (Path(__file__).parents[2] / "docs" / "blocks.md").read_text(encoding="utf-8")
FRACTION = 10
MISSING = -32768
Event = dict[str, Any]
"""Values of ports by name: integers, or lists of them."""
T = TypeVar("T")


class Format:
    """A format such as ``u5.6``."""

    def __init__(self, name: str) -> None:
        integer, fraction = map(int, name[1:].split("."))
        signed = name[0] == "s"
        self.integer, self.fraction = integer, fraction
        width = integer + fraction
        self.min, self.max = (-(1 << width) if signed else 0), (1 << width) - 1

    def saturated(self, value: int) -> int:
        return min(max(value, self.min), self.max)


def table(section: str, name: str) -> list[int]:
    """A table of the page."""
    found = re.search(rf"### `{section}.*?`{name}`, from 0 on:\n\n```\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return [int(value) for value in found[1].split()]


LOG_BASE, LOG_SLOPE = table("log2", "BASE"), table("log2", "SLOPE")
EXP_BASE, EXP_SLOPE = table("exp2", "BASE"), table("exp2", "SLOPE")
RECIPROCAL_BASE, RECIPROCAL_SLOPE = table("reciprocal", "BASE"), table("reciprocal", "SLOPE")
LOSS = table("Performance", "LOSS")


def sign(value: int) -> int:
    return (value > 0) - (value < 0)


def log2(value: int) -> int:
    e = max(value.bit_length() - 1, 0)
    m = (value >> (e - 14) if e >= 14 else value << (14 - e)) & ((1 << 14) - 1)
    i, r = m >> 8, m & 255
    c = LOG_BASE[i] + ((r * LOG_SLOPE[i]) >> 8)
    return (e << FRACTION) + ((c + 8) >> 4)


def exp2(exponent: int, output: Format) -> int:
    w, part = exponent >> FRACTION, exponent & 1023
    if w >= output.integer:
        return output.max
    i, r = part >> 4, part & 15
    m = EXP_BASE[i] + ((r * EXP_SLOPE[i]) >> 4)
    s = 14 - output.fraction - w
    return m >> s if s >= 0 else m << -s


def reciprocal(value: int) -> int:
    i, r = (value >> 9) & 63, value & 511
    return RECIPROCAL_BASE[i] - ((r * RECIPROCAL_SLOPE[i]) >> 9)


def haar(sums: list[int]) -> list[int]:
    details: list[int] = []
    while len(sums) > 1:
        pairs = list(zip(sums[::2], sums[1::2], strict=True))
        details = [a - b for a, b in pairs] + details
        sums = [a + b for a, b in pairs]
    return sums + details


MAGNITUDE = Format("u7.8")


def over(above: int, below: int, octaves: int) -> int:
    exponent = log2(abs(above)) - log2(below) + (octaves << FRACTION)
    return sign(above) * exp2(exponent, MAGNITUDE)


def over_root(above: int, square: int, halves: int) -> int:
    e = log2(abs(above)) - (log2(square) >> 1) + (halves << (FRACTION - 1))
    return sign(above) * exp2(e, MAGNITUDE)


def mix(word: int) -> int:
    word ^= (word << 13) & 0xFFFFFFFF
    word ^= word >> 17
    return word ^ ((word << 5) & 0xFFFFFFFF)


def signed_flow(log_size: int, side: int) -> int:
    flow = 2 + (log_size >> 9)
    return -flow if side else flow


def order_evidence(entropy: int, full: int, bins: int, window: int) -> int:
    most = min(bins.bit_length() - 1, window.bit_length() - 1) << 8
    return max(most - entropy, 0) >> 2 if full else 0


class ExponentialAverage:
    def __init__(self, memory: int) -> None:
        self.memory, self.mean, self.count = memory, 0, 0

    def take(self, value: int) -> int:
        rate = (self.count + 1).bit_length() - 1
        self.mean += ((value << self.memory) - self.mean) >> rate
        self.count = min(self.count + 1, (1 << self.memory) - 1)
        return self.mean

    @property
    def settled(self) -> bool:
        return self.count == (1 << self.memory) - 1


class SlidingWindow:
    def __init__(self, length: int) -> None:
        self.length = length
        self.values: list[Any] = []

    def take(self, value: Any) -> None:
        self.values = [*self.values, value][-self.length :]

    @property
    def full(self) -> bool:
        return len(self.values) == self.length


class Each(dict[Hashable, T]):
    """A state of each symbol or class, which begins when it is first asked for."""

    def __init__(self, first: Callable[[], T]) -> None:
        super().__init__()
        self._first = first

    def __missing__(self, key: Hashable) -> T:
        self[key] = self._first()
        return self[key]


def block_name(kind: type["Block"]) -> str:
    """The page's name of a block: `WhaleFlow` is whale_flow there."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


class Block:
    """A block: parameters as the manifest has them, settings in force, states."""

    def __init__(self, parameters: Event, settings: dict[str, list[int]]) -> None:
        self.p = parameters
        self.settings = settings
        self.reset()

    def configure(self, settings: dict[str, list[int]]) -> None:
        self.settings = settings

    def reset(self) -> None:
        """Has no state."""

    def take(self, event: Event) -> Event:
        raise NotImplementedError
