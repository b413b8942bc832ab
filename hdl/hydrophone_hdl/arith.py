"""Reduction trees and constant products, as plain functions of Amaranth values."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from amaranth.hdl import Const, Value

T = TypeVar("T")


def tree(operands: Sequence[T], combine: Callable[[T, T], T]) -> T:
    """Combines operands pairwise, so that the depth is the logarithm of their number."""
    level = list(operands)
    while len(level) > 1:
        paired = [combine(a, b) for a, b in zip(level[0::2], level[1::2], strict=False)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


def total(operands: Sequence[Value]) -> Value:
    """Sum of the operands; zero of none."""
    return tree(operands, lambda a, b: a + b) if operands else Const(0)


def scaled(value: Value, factor: int) -> Value:
    """Product with a constant, as shifts and adds of its non-adjacent form."""
    terms: list[Value] = []
    shift, rest = 0, abs(factor)
    while rest:
        if rest & 1:
            digit = 2 - (rest & 3)
            terms.append(value.shift_left(shift) if digit > 0 else -value.shift_left(shift))
            rest -= digit
        rest >>= 1
        shift += 1
    product = total(terms)
    return -product if factor < 0 else product
