"""Logic of an operation: an Amaranth expression of its operands' values."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Mux, Value, ValueLike

from hydrophone_hdl.hls.graph import Kind, Node, Resize, Slice


def logic(node: Node, operands: Sequence[Value]) -> ValueLike:
    """What a node computes from its operands; the result is cut to the node's format."""
    match node:
        case Slice():
            return operands[0][node.first : node.first + node.format.width]
        case Resize():
            (a,) = operands
            return a.shift_left(node.left) if node.left >= 0 else a.shift_right(-node.left)
        case _:
            pass
    match node.kind, operands:
        case Kind.JOIN, parts:
            return Cat(*parts)
        case Kind.ADD, [a, b]:
            return a + b
        case Kind.SUBTRACT, [a, b]:
            return a - b
        case Kind.MULTIPLY, [a, b]:
            return a * b
        case Kind.COMPARE, [a, b]:
            return a < b
        case Kind.EQUAL, [a, b]:
            return a == b
        case Kind.AND, [a, b]:
            return a & b
        case Kind.OR, [a, b]:
            return a | b
        case Kind.XOR, [a, b]:
            return a ^ b
        case Kind.NOT, [a]:
            return ~a
        case Kind.ANY, [a]:
            return a.any()
        case Kind.MUX, [condition, a, b]:
            return Mux(condition, a, b)
        case Kind.CHOOSE, [index, *values]:
            return _choose(index, values)
        case Kind.MERGE, [*both]:
            ways = len(both) // 2
            return _merge(both[:ways], both[ways:])
        case Kind.SHIFT_LEFT, [a, amount]:
            return a << amount
        case Kind.SHIFT_RIGHT, [a, amount]:
            return a >> amount
        case Kind.LEADING, [a]:
            return _leading(a)[1]
        case _:
            raise NotImplementedError(f"{node} is no operation of its own")


def _leading(bits: Value) -> tuple[Value, Value]:
    """Whether a one is there, and the place of the highest.

    Halves the bits and asks which half has it, all the way down at once.
    """
    if len(bits) == 1:
        return bits[0], Const(0, 0)
    half = 1 << ((len(bits) - 1).bit_length() - 1)
    low_any, low = _leading(bits[:half])
    high_any, high = _leading(bits[half:])
    if half == 1:
        return low_any | high_any, Value.cast(high_any)
    inner = Mux(high_any, Cat(high, Const(0, len(low) - len(high))), low)
    return low_any | high_any, Cat(inner[: len(low)], high_any)


def _choose(index: Value, values: Sequence[Value]) -> Value:
    """A tree of choices by the bits of the index; the last value fills up."""
    level, last, bit = list(values), values[-1], 0
    while len(level) > 1 and bit < len(index):
        level += [last] * (len(level) % 2)
        level = [Mux(index[bit], b, a) for a, b in zip(level[0::2], level[1::2], strict=True)]
        bit += 1
    return Mux(index[bit:].any(), last, level[0]) if bit < len(index) else level[0]


def _merge(flags: Sequence[Value], values: Sequence[Value]) -> Value:
    """A tree of ORs of the values whose flag is set."""
    level: list[Value] = [Mux(flag, value, 0) for flag, value in zip(flags, values, strict=True)]
    while len(level) > 1:
        paired = [a | b for a, b in zip(level[0::2], level[1::2], strict=False)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]
