"""Small faults put into what is written from the page, one at a time: do vectors see them?

A fault is of syntax alone: another comparison, another sign, a minimum left out, a constant one
off, a step that is not done. A mutant that raises an error, or loops without end, is seen.
"""

import ast
import copy
import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.page import arithmetic
from tests.page.arithmetic import Block
from tests.page.vectors import BLOCKS

HOME = {
    "log2": ("log2",),
    "exp2": ("exp2",),
    "reciprocal": ("reciprocal",),
    "haar": ("haar",),
    "repeat": ("mix",),
    "pattern": ("signed_flow", "order_evidence"),
    "momentum": ("SlidingWindow",),
    "reversion": ("ExponentialAverage", "over_root"),
    "imbalance": ("over",),
}
"""The block at which each function of `arithmetic` is put to the test."""
COMPARED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
COMPUTED: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.Pow: ast.Mult,
}
CUT = ("min", "max", "abs", "saturated", "sign")
"""Functions that a mutant leaves out."""


@dataclass(frozen=True)
class Mutant:
    """A block with one fault.

    Attributes:
        name: Where it is, and what became of which words.
        kind: The faulty block.
        frozen: A setting that keeps the value it had at first.
    """

    name: str
    kind: type[Block]
    frozen: str | None = None


def mutants(block: str) -> Iterator[Mutant]:
    """Every mutant of a block and of the functions that are put to the test with it."""
    kind = BLOCKS[block]
    module = sys.modules[kind.__module__]
    source = inspect.getsource(module)
    for unit in _units(source, kind.__name__):
        for name, tree in _faults(source, unit):
            yield Mutant(name, _run(tree, source, module.__name__)[kind.__name__])
    source_of_functions = inspect.getsource(arithmetic)
    for unit in HOME.get(block, ()):
        for name, tree in _faults(source_of_functions, unit):
            faulty = _run(tree, source_of_functions, arithmetic.__name__)[unit]
            known = _run(ast.parse(source), source, module.__name__)
            known[unit] = faulty
            yield Mutant(name, known[kind.__name__])


def _run(tree: ast.Module, source: str, name: str) -> dict[str, Any]:
    known: dict[str, Any] = {"__name__": name, "__file__": arithmetic.__file__}
    exec(compile(tree, f"<mutant of {name}>", "exec"), known)
    return known


def _units(source: str, name: str) -> list[str]:
    """A class and the private functions and classes of its module that it uses, also by others."""
    tops = {
        node.name: node
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }
    found = [name]
    for unit in found:
        for node in ast.walk(tops[unit]):
            if isinstance(node, ast.Name) and node.id in tops and node.id not in found:
                own = tops[node.id]
                if node.id[0] == "_" or isinstance(own, ast.FunctionDef):
                    found.append(node.id)
    return found


def _faults(source: str, unit: str) -> Iterator[tuple[str, ast.Module]]:
    """Trees of a module with one fault in a unit, and what it is."""
    seen: dict[str, int] = {}
    tree = ast.parse(source)
    place = next(i for i, n in enumerate(tree.body) if getattr(n, "name", None) == unit)
    nodes = list(ast.walk(tree.body[place]))
    around = {child: at for at, node in enumerate(nodes) for child in ast.iter_child_nodes(node)}
    for number, node in enumerate(nodes):
        # A constant is named with what it stands in.
        shown = around[node] if isinstance(node, ast.Constant) else number
        for changed in _changed(node):
            copied = copy.deepcopy(tree)
            inside = list(ast.walk(copied.body[place]))
            _Put(inside[number], changed).visit(copied)
            ast.fix_missing_locations(copied)
            after = changed if shown == number else inside[shown]
            name = f"{unit}: {_text(nodes[shown])} -> {_text(after)}"
            seen[name] = seen.get(name, 0) + 1
            yield (name if seen[name] == 1 else f"{name} #{seen[name]}"), copied


class _Put(ast.NodeTransformer):
    """Puts one node in another's place."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.If):
        return f"if {ast.unparse(node.test)}"
    return " ".join(ast.unparse(node).split())


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARED:
            yield ast.Compare(node.left, [COMPARED[type(op)]()], node.comparators)
        case ast.BinOp(left, op, right) if type(op) in COMPUTED:
            yield ast.BinOp(left, COMPUTED[type(op)](), right)
            yield left
        case ast.AugAssign(target, op, value):
            yield ast.AugAssign(target, COMPUTED[type(op)](), value)
            yield ast.Pass()
        case ast.UnaryOp(ast.USub() | ast.Not(), operand):
            yield operand
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            yield from values
        case ast.IfExp(_, body, orelse):
            yield body
            yield orelse
        case ast.Constant(value) if type(value) is int:
            yield ast.Constant(value + 1)
            if value > 0:
                yield ast.Constant(value - 1)
        case ast.Call(func, args) if _called(func) in CUT and args:
            yield from (arg for arg in args if not isinstance(arg, ast.Starred | ast.GeneratorExp))
        case ast.Expr(ast.Call()):
            yield ast.Pass()
        case ast.Assign([ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.If(_, body, orelse):
            yield ast.If(ast.Constant(True), body, orelse)
            yield ast.If(ast.Constant(False), body, orelse)
        case _:
            pass


def _called(func: ast.AST) -> str:
    return getattr(func, "id", "") or getattr(func, "attr", "")


def frozen(block: str, settings: Mapping[str, Any]) -> Iterator[Mutant]:
    """A block that takes no second value of a setting, one mutant a setting."""
    for setting in settings:
        yield Mutant(f"{setting} stays as it was at first", BLOCKS[block], setting)


MISREAD = {
    "parent": (
        "joined = side == last_side and elapsed <= self.settings['gap_ns'][0]",
        ("joined = elapsed <= 0 or (side == last_side and elapsed <= self.settings['gap_ns'][0])",),
    ),
    "volume": (
        "threshold > 0 and above_parent >= threshold",
        ("self.settings['loud'][0] > 0 and above_parent >= self.settings['loud'][0]",),
    ),
    "alert": (
        "THRESHOLD.saturated(thresholds[head] - fall + lift)",
        (
            "THRESHOLD.saturated(thresholds[head] + (lift or -fall))",
            "max(THRESHOLD.saturated(thresholds[head] + lift) - fall, 0)",
            "THRESHOLD.saturated(max(thresholds[head] - fall, 0) + lift)",
            "(thresholds[head] - fall + lift) & THRESHOLD.max",
            "min(thresholds[head] - fall + lift, THRESHOLD.max)",
        ),
    ),
}
"""Words of a block, and what a reader might have taken them for."""


def misread(block: str) -> Iterator[Mutant]:
    """A block whose words were taken for other ones."""
    right, wrong = MISREAD.get(block, ("", ()))
    kind = BLOCKS[block]
    source = ast.unparse(ast.parse(inspect.getsource(sys.modules[kind.__module__])))
    assert right in source
    for words in wrong:
        tree = ast.parse(source.replace(right, words))
        yield Mutant(words, _run(tree, source, kind.__module__)[kind.__name__])
