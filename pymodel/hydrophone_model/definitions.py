"""Definitions of the blocks in words: the page from which others implement them.

The words are the docstrings of models and functions, whose sections ``State``, ``Steps`` and
``Settings`` say all that an implementation needs; formats, ranges, constants and tables are those
that the models compute with. ``python -m hydrophone_model.definitions > docs/blocks.md`` writes
the committed page.
"""

import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from types import ModuleType
from typing import Any, cast

from hydrophone_model import average, flow, window
from hydrophone_model.block import Model, Params, Port, Ports, elements_of
from hydrophone_model.blocks import BLOCKS, modules
from hydrophone_model.config import DesignConfig
from hydrophone_model.fixed import Fixed
from hydrophone_model.limits import limits_of

KEPT = ("State", "Steps", "Settings")
"""Sections of a docstring that the page has; others speak of Python."""


def _helpers() -> Iterator[Any]:
    """Functions and classes with a section ``Steps`` that are no models."""
    for module in (average, window, flow, *modules()):
        for name, value in vars(module).items():
            own = getattr(value, "__module__", None) == module.__name__
            steps = "\nSteps:\n" in (inspect.getdoc(value) or "")
            model = isinstance(value, type) and issubclass(value, Model)
            if own and steps and not model and not name.startswith("_"):
                yield value


FUNCTIONS: tuple[Any, ...] = tuple(_helpers())
"""What several blocks compute, or one computes by a name."""

INTRODUCTION = """\
# What each block computes

Written by `python -m hydrophone_model.definitions > docs/blocks.md` from the docstrings and
parameters of the golden models; a test compares. Numbers are those of the `default` preset. To
implement a block elsewhere, read its section, the functions that it names, and this introduction;
[vectors](vectors.md) prove the result.

## How to read it

All values are integers. A format `u5.6` says that a raw integer `r` stands for `r / 2**6`, that
it is unsigned and has 5 bits before the point; `s…` is two's complement, whose sign bit is not
counted. `FORMAT.min`, `FORMAT.max`, `FORMAT.width`, `FORMAT.fraction` and `FORMAT.integer` are its
smallest and largest raw integer, all its bits, its fraction and its integer bits; `FORMAT.one` is
`2**fraction`. What a formula says is exact, however wide; it is cut to a format only where the text
says *saturated* (what is below the smallest becomes the smallest, above the largest the largest) or
*wrapped* (the low bits stay). Rounding happens only where a `>>` or a `//` stands.

A state has the bits of the format that its text names, or of the port that it keeps. Logarithms
have the same fraction bits everywhere: `FRACTION`, `LOG.fraction` and `REFERENCE.fraction` are one
number. In *Steps*, a name that is both a parameter and a setting means the setting in force.

- `a >> n` is `a / 2**n` rounded down, also of negative numbers: `-1 >> 3` is `-1`. `a << n` is
  `a * 2**n`. `a // b` is rounded down. `&`, `|` and `^` work on bits, `~a` is `-a - 1`.
- `bits(x)` is the length of `x >= 0` in bits: 0 for 0, 1 for 1, 32 for `2**32 - 1`.
- `sign(x)` is -1, 0 or 1. `abs(x)`, `min` and `max` are as usual.
- A condition is 1 where it holds, else 0. A flag is 1 for yes.
- An element of a port of several is `port[0]`, `port[1]`, …; `first` of equals is that of the
  smallest number.

Events are taken one by one, in order. What *State* lists is kept from event to event, with the
first value that it has after a reset; *of each symbol* means that every symbol has one of its own,
which only its own events read and change. A name of a state means its value before the event until
a step says what it becomes.

A **reset** gives every state its first value. **Settings** are parameters that may change between
two events, without a reset; states stay as they are, and an event follows the settings that are in
force when it is taken. A setting that says how a state begins acts at the next reset. Parameters
that are not listed as settings are fixed in a design. `timing` of a block decides no result.

Devices take events whose price and size are at least 1; the formulas hold for 0 as well, but a
kernel may rely on a price. `side` is the aggressor's: 0 bought, 1 sold. The heads and kinds of
whales are, in order: block, sweep, iceberg, sliced.
"""


def document(config: DesignConfig) -> str:
    """The page, for one configuration."""
    parts = [INTRODUCTION, *_contents(), "## Functions\n"]
    parts += [_function(function) for function in FUNCTIONS]
    parts.append("## Blocks\n")
    parts += [_block(name, config) for name in BLOCKS]
    return "\n".join(parts)


def _contents() -> Iterator[str]:
    """Links to every section."""
    yield "## Contents\n"
    yield f"Functions: {', '.join(map(_link, FUNCTIONS))}.\n"
    yield f"Blocks: {', '.join(f'[{name}](#{name})' for name in BLOCKS)}.\n"


def _title(function: Any) -> str:
    """A function with its arguments, or the name of a memory that blocks have."""
    if inspect.isfunction(function):
        return f"{function.__name__}({', '.join(inspect.signature(function).parameters)})"
    return function.__name__


def _link(function: Any) -> str:
    """A link to a function's section, by the anchor that renderers of Markdown give a heading."""
    anchor = re.sub(r"[^\w -]", "", _title(function).lower()).replace(" ", "-")
    return f"[`{function.__name__}`](#{anchor})"


def _used(text: str, own: str = "", parts: Iterable[str] = ()) -> Iterator[str]:
    """A line of links to the functions and blocks that a section needs beside itself."""
    names = {name for pair in re.findall(r"`(\w+)|(?<!-)\b(\w+)[(`]", text) for name in pair}
    links = [_link(f) for f in FUNCTIONS if f.__name__ in names - {own}]
    links += [f"block [{name}](#{name})" for name in parts]
    if links:
        yield f"Uses {', '.join(links)}.\n"


def _function(function: Any) -> str:
    """A function, or a memory that blocks have, as a section of the page."""
    module = _module(function)
    text = _sections(function)
    tables = {
        name: cast("tuple[int, ...]", getattr(module, name))
        for name in re.findall(r"`([A-Z]+)\[", text)
        if isinstance(getattr(module, name, None), tuple)
    }
    used = _used(text, function.__name__)
    lines = [f"### `{_title(function)}`\n", text, *used, *_constants(module, text)]
    return "\n".join([*lines, *_tables(dict(tables))])


def _block(name: str, config: DesignConfig) -> str:
    """A block as a section of the page."""
    block = BLOCKS[name]
    params = block.params(config)
    model = cast("type[Any]", block.model)
    module = _module(model)
    text = _sections(model)
    return "\n".join(
        [
            f"### {name}\n",
            _markdown(inspect.getdoc(module) or ""),
            *_used(text, parts=(part.name for part in params.parts.values())),
            *_parameters(params),
            *_ports("Inputs", params.inputs, type(params).inputs),
            *_ports("Outputs", params.outputs, type(params).outputs),
            *_settings(params),
            text,
            *_constants(module, text),
            # What is a constant stands with the function that looks it up.
            *_tables({n: t for n, t in params.tables.items() if n.upper() not in vars(module)}),
        ]
    )


def _sections(documented: Any) -> str:
    """The text of a docstring, and those of its sections that are told."""
    text = inspect.getdoc(documented) or ""
    kept: list[str] = []
    for part in re.split(r"\n(?=[A-Z][a-z]+:\n)", text):
        title, _, body = part.partition(":\n")
        if re.fullmatch("[A-Z][a-z]+", title):
            if title in KEPT:
                kept.append(f"*{title}.*\n\n{textwrap.dedent(body)}")
        else:
            kept.append(part)
    return _markdown(re.sub(r"^Golden model of .*\.\n+", "", "\n".join(kept)))


def _markdown(text: str) -> str:
    """A docstring's words as Markdown."""
    return text.replace("``", "`").strip() + "\n"


def _parameters(params: Params) -> Iterator[str]:
    """A table of what a configuration says of a block."""
    rows: list[str] = []
    nested: dict[str, tuple[Any, ...]] = {}
    limits = limits_of(params)
    for field in fields(params):
        name, value = field.name, getattr(params, field.name)
        if name in limits:
            if limits[name].depth > 1:
                nested[name] = cast("tuple[Any, ...]", value)
            shown = "below" if name in nested else ", ".join(map(str, elements_of(value)))
            rows.append(f"| `{name}` | {shown} | {limits[name]} | {limits[name].doc} |")
        elif isinstance(value, Fixed):
            rows.append(f"| `{name}` | {value} | | format |")
        elif isinstance(value, Params):
            rows.append(f"| `{name}` | | | those of the block {value.name} |")
    if rows:
        yield "| parameter | value | allowed | meaning |\n|---|---|---|---|"
        yield "\n".join(rows) + "\n"
    yield from _tables(nested)


def _ports(title: str, ports: Ports, described: property) -> Iterator[str]:
    """A table of ports behind the words on them."""
    yield f"*{title}.* {_markdown(inspect.getdoc(described) or '')}"
    yield "| port | elements | format | bits | raw |\n|---|---|---|---|---|"
    yield "\n".join(_port(name, port) for name, port in ports.items()) + "\n"


def _port(name: str, port: Port) -> str:
    format = port.format
    return f"| `{name}` | {port.count} | {format} | {format.width} | {format.min} … {format.max} |"


def _settings(params: Params) -> Iterator[str]:
    """A table of run-time settings."""
    if params.controls:
        yield "| setting | elements | format | value |\n|---|---|---|---|"
        yield (
            "\n".join(
                f"| `{name}` | {len(values)} | {format} | {', '.join(map(str, values))} |"
                for name, (format, values) in params.controls.items()
            )
            + "\n"
        )


def _constants(module: ModuleType, text: str) -> Iterator[str]:
    """The values of the constants that a text names."""
    named = {
        name: getattr(module, name)
        for name in dict.fromkeys(re.findall(r"\b[A-Z][A-Z0-9_]+\b", text))
        if isinstance(getattr(module, name, None), int | Fixed)
    }
    lines = [
        f"`{name}` is {value}, raw {value.min} … {value.max}"
        if isinstance(value, Fixed)
        else f"`{name}` is {int(value)}"
        for name, value in named.items()
    ]
    if lines:
        yield f"Here {'; '.join(lines)}.\n"


def _tables(tables: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """Tables of integers as text."""
    for name, table in tables.items():
        rows = cast(
            "list[Sequence[int]]", table if table and isinstance(table[0], tuple) else [table]
        )
        lines = [textwrap.fill(" ".join(map(str, row)), 96, break_on_hyphens=False) for row in rows]
        yield f"`{name}`, from 0 on:\n\n```\n" + "\n".join(lines) + "\n```\n"


def _module(documented: Callable[..., Any]) -> ModuleType:
    return sys.modules[documented.__module__]


if __name__ == "__main__":
    sys.stdout.write(document(DesignConfig.preset()))
