"""Legalisation: what a family has no single cell for, in terms of the cells that it has."""

from collections.abc import Callable
from typing import Any

from hydrophone_hdl.hls.graph import Kind, Node, Resize, Slice
from hydrophone_hdl.hls.timing import signed_width
from hydrophone_model.fixed import Fixed
from hydrophone_model.target import Target


def multiplier(node: Node, target: Target) -> list[Node]:
    """Cuts a multiplication down to single cells and additions, so that registers fit between.

    Returns:
        The nodes that are new, operands before results.
    """
    wide, narrow = target.multiplier
    a, b = node.operands
    if signed_width(a) < signed_width(b):
        a, b = b, a
    if signed_width(a) <= wide and signed_width(b) <= narrow:
        return []
    # The operand that is further beyond its side of the cell is cut in two.
    if signed_width(a) - wide < signed_width(b) - narrow:
        a, b = b, a
        wide, narrow = narrow, wide
    low_bits = wide - 1
    like = a.format
    high_format = Fixed(signed=like.signed, integer=like.width - int(like.signed) - low_bits)
    low = Slice(Fixed(integer=low_bits), (a,), first=0, place=node.place)
    high = Resize(high_format, (a,), left=-low_bits, place=node.place)
    whole = b.format
    plain = Fixed(signed=whole.signed, integer=whole.width - int(whole.signed))
    factor = Resize(plain, (b,), left=0, place=node.place)
    products = [
        Node(Kind.MULTIPLY, part.format.product(plain), (part, factor), place=node.place)
        for part in (low, high)
    ]
    moved = Resize(
        products[1].format.shifted(low_bits), (products[1],), left=low_bits, place=node.place
    )
    node.kind, node.operands = Kind.ADD, (products[0], moved)
    new: list[Node] = [low, high, factor]
    for product in products:
        new += [*multiplier(product, target), product]
    return [*new, moved]


def tabled(node: Node, target: Target) -> None:
    """Puts a large table into a block RAM where the family's logic would take many cells for it."""
    least = target.rom_index_bits
    if node.kind is Kind.LOOKUP and least is not None and node.operands[0].format.width >= least:
        node.kind = Kind.TABLE


def add_pair(node: Node, key: Callable[[Node], Any]) -> Node | None:
    """Takes the two terms of a sum that are there first and adds them.

    Args:
        node: A `Kind.SUM`; it becomes an addition once two terms are left.
        key: When a term is there.

    Returns:
        The new addition, None where the node has become one itself.
    """
    terms = sorted(node.operands, key=key)
    if len(terms) == 2:
        node.kind, node.operands = Kind.ADD, tuple(terms)
        return None
    first, second = terms[:2]
    low = first.format.min + second.format.min
    high = first.format.max + second.format.max
    # No part of the sum needs more bits than the whole: what passes the top of it cancels out. So
    # a part may be wider than any format, and is cut before it has one.
    bits = max(high.bit_length(), (~low).bit_length()) + int(low < 0)
    format = node.format
    if bits <= format.width:
        format = Fixed.spanning(low, high, fraction=format.fraction)
    pair = Node(Kind.ADD, format, (first, second), place=node.place)
    node.operands = (pair, *terms[2:])
    return pair
