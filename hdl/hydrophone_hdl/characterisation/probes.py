"""Probes: operations between registers, as small modules of Verilog to be measured.

Inputs are one shift register with a clock enable, results go to registers nobody reads: all are
kept, so that no path but the operation's own is long, and no multiplier swallows a register.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

STAGES = {"logic": 12, "mux": 6, "muxes": 6, "equal": 4, "any": 4, "choose": 3}
"""Length of the chain in which a cheap operation is measured. Chained ones share look-up tables, so
that only the delay and the cells each adds to a chain tell what a longer path pays."""

SEED = 1
"""Of the constants in tables."""

LONG = 60
"""Stages of a path that is longer than any operation."""


@dataclass(frozen=True)
class Probe:
    """One operation, or a chain of them, to be measured.

    Attributes:
        name: Of its module.
        inputs: Bits of the operands `i0`, `i1` …
        outputs: Bits of the results `y0`, `y1` …
        body: Verilog from the one to the other; `clk` and `ce` are there, too.
        chained: Whether it is a chain, which synthesis cuts into look-up tables as chance has it.
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    body: str
    chained: bool

    def verilog(self, *, beside: bool = False) -> str:
        """The module, with the registers round the operation.

        Args:
            beside: Whether there is a longer path beside the operation. Synthesis makes what is
                longest of more cells than it needs, to have it faster; in a design that is little.
        """
        operands = [f"i{n}" for n in range(len(self.inputs))]
        declared = [f"(* keep *) reg [{w - 1}:0] i{n};" for n, w in enumerate(self.inputs)]
        for n, width in enumerate(self.outputs):
            declared.append(f"wire [{width - 1}:0] y{n};")
            declared.append(f"(* keep *) reg [{width - 1}:0] r{n};")
        stored = " ".join(f"r{n} <= y{n};" for n in range(len(self.outputs)))
        chain = ", ".join(operands)
        return "\n".join(
            [
                f"(* keep_hierarchy *) module {self.name}(input clk, input ce, input si);",
                *declared,
                "always @(posedge clk) if (ce) begin",
                f"{{{chain}}} <= {{{chain}, si}}; {stored}",
                "end",
                self.body,
                _LONG if beside else "",
                "endmodule",
                "",
            ]
        )


def name_of(kind: str, *sizes: int) -> str:
    """Name of the module that measures an operation."""
    return "_".join([kind, *map(str, sizes)])


def probe(kind: str, *sizes: int) -> Probe:
    """The module that measures an operation.

    Args:
        kind: One of `delays.KINDS`; or `bare`, a register behind a register; `double`, an adder
            behind an adder; `after`, a comparison behind an adder; `muxes`, a chain of nothing
            else; `equal_alone` and the like, no chain; `block_out` and `block_in`, the data and
            the address of a block RAM.
        sizes: As the kind takes them; `read`'s of the memories, the width of the others.
    """
    inputs, outputs, body = _CONTENTS[kind](*sizes)
    return Probe(name_of(kind, *sizes), inputs, outputs, body, chained=kind in STAGES)


Content = tuple[tuple[int, ...], tuple[int, ...], str]
"""Bits of the operands, bits of the results, and the Verilog from the one to the other."""


def _simple(expression: str, operands: int, width: int, *, bits: int = 0) -> Content:
    return (width,) * operands, (bits or width,), f"assign y0 = {expression};"


def _behind_adder(expression: str, width: int, *, bits: int = 0) -> Content:
    body = f"assign y1 = i0 + i1; assign y0 = {expression};"
    return (width,) * 3, (bits or width, width), body


def _multiply(a: int, b: int) -> Content:
    """Product, stored twice: or its registers would vanish into the multiplier."""
    twin = f"(* keep *) reg [{a + b - 1}:0] twin; always @(posedge clk) twin <= y0;"
    return (a, b), (a + b,), f"assign y0 = $signed(i0) * $signed(i1);\n{twin}"


def _shift(width: int, bits: int) -> Content:
    return (width, bits), (width,), "assign y0 = $signed(i0) >>> i1;"


def _chain(kind: str, width: int, fresh: int, stage: Callable[[int, int], str]) -> Content:
    """Chain of stages, each of the last result, `x`, and operands of its own, from n on."""
    count = STAGES[kind]
    lines = [f"wire [{width - 1}:0] x{n};" for n in range(count + 1)] + ["assign x0 = i0;"]
    lines += [f"assign x{n + 1} = {stage(n, 1 + fresh * n)};" for n in range(count)]
    lines.append(f"assign y0 = x{count};")
    return (width,) * (1 + fresh * count), (width,), "\n".join(lines)


def _logic(width: int) -> Content:
    return _chain("logic", width, 1, lambda n, i: f"x{n} {'&^|'[n % 3]} i{i}")


def _mux(width: int) -> Content:
    """Chain of multiplexers: the last result selects, and is selected, behind a gate."""
    return _chain(
        "mux", width, 2, lambda n, i: f"x{n}[{n % width}] ? i{i} : (x{n} {'^&|'[n % 3]} i{i + 1})"
    )


def _muxes(width: int) -> Content:
    return _chain("muxes", width, 2, lambda n, i: f"i{i}[{n % width}] ? i{i + 1} : x{n}")


def _equal(width: int) -> Content:
    return _chain("equal", width, 3, lambda n, i: f"x{n} == i{i} ? i{i + 1} : i{i + 2}")


def _any(width: int) -> Content:
    return _chain("any", width, 2, lambda n, i: f"|x{n} ? i{i} : i{i + 1}")


def _choose(ways: int, width: int) -> Content:
    """Chain of n-way multiplexers of rotated words; the last result takes part in the index."""
    count, bits = STAGES["choose"], (ways - 1).bit_length()
    lines = [f"wire [{width - 1}:0] x0 = i0;"]
    for n in range(count):
        choices = [f"{k}: x{n + 1} = i{1 + count + (k + n) % ways};" for k in range(ways - 1)]
        last = f"default: x{n + 1} = i{1 + count + (ways - 1 + n) % ways};"
        lines += [
            f"reg [{width - 1}:0] x{n + 1};",
            f"wire [{bits - 1}:0] k{n} = i{1 + n} ^ {{{bits}{{x{n}[{n % width}]}}}};",
            f"always @* case (k{n}) {' '.join(choices)} {last} endcase",
        ]
    lines.append(f"assign y0 = x{count};")
    return (width, *(bits,) * count, *(width,) * ways), (width,), "\n".join(lines)


def _choose_alone(ways: int, width: int) -> Content:
    choices = [f"{k}: y = i{1 + k};" for k in range(ways - 1)]
    body = (
        f"reg [{width - 1}:0] y; assign y0 = y;\n"
        f"always @* case (i0) {' '.join(choices)} default: y = i{ways}; endcase"
    )
    return ((ways - 1).bit_length(), *(width,) * ways), (width,), body


def _leading(width: int) -> Content:
    """Leading-one detector: a tree of halves, of which the upper wins."""
    lines: list[str] = []

    def half(low: int, bits: int) -> tuple[str, str]:
        if bits == 1:
            return f"i0[{low}]", "1'b0"
        split = 1 << ((bits - 1).bit_length() - 1)
        below, where_below = half(low, split)
        above, where_above = half(low + split, bits - split)
        name, position = f"v{low}_{bits}", f"p{low}_{bits}"
        size = split.bit_length() - 1
        lines.append(f"wire {name} = {above} | {below};")
        lines.append(f"wire [{size}:0] {position};")
        lines.append(f"assign {position}[{size}] = {above};")
        if size:
            lines.append(
                f"assign {position}[{size - 1}:0] = {above} ? {where_above} : {where_below};"
            )
        return name, position

    _, position = half(0, width)
    lines.append(f"assign y0 = {position};")
    return (width,), (max(1, (width - 1).bit_length()),), "\n".join(lines)


def _lookup(index: int, width: int) -> Content:
    random = Random(SEED)
    entries = "\n".join(f"t[{n}] = {random.getrandbits(width)};" for n in range(1 << index))
    table = f'(* ram_style = "logic" *) reg [{width - 1}:0] t [0:{(1 << index) - 1}];'
    return (index,), (width,), f"{table}\ninitial begin\n{entries}\nend\nassign y0 = t[i0];"


def _read(depth: int, width: int) -> Content:
    bits = (depth - 1).bit_length()
    body = f"{_memory('distributed', depth, width)}\nassign y0 = m[i0];"
    return (bits, 1, bits, width), (width,), body


def _block_out(width: int) -> Content:
    port = f"reg [{width - 1}:0] o; always @(posedge clk) if (ce) o <= m[i0]; assign y0 = o;"
    return (10, 1, 10, width), (width,), f"{_memory('block', 1024, width)}\n{port}"


def _block_in(adder: int) -> Content:
    """Input of a block RAM: an adder's highest bits are address and data, and nobody reads."""
    port = "(* keep *) reg [17:0] o; always @(posedge clk) if (ce) o <= m[y0[17:8]];"
    sum_ = f"wire [{adder - 1}:0] s = i0 + i3; assign y0 = s[{adder - 1}:{adder - 18}];"
    inputs = (adder, 1, 10, adder)
    return inputs, (18,), f"{sum_}\n{_memory('block', 1024, 18, 'y0')}\n{port}"


def _memory(style: str, depth: int, width: int, data: str = "i3") -> str:
    return (
        f'(* ram_style = "{style}" *) reg [{width - 1}:0] m [0:{depth - 1}];\n'
        f"always @(posedge clk) if (i1) m[i2] <= {data};"
    )


def _long() -> str:
    """Long chain from registers of its own, whose stages cannot be reordered."""
    stages = [
        f"assign z[{n + 1}] = i_z[{2 * n + 1}] ^ (z[{n}] {'&|'[n % 2]} i_z[{2 * n + 2}]);"
        for n in range(LONG)
    ]
    return "\n".join(
        [
            f"(* keep *) reg [{2 * LONG}:0] i_z; (* keep *) reg r_z; wire [{LONG}:0] z;",
            "assign z[0] = i_z[0];",
            *stages,
            f"always @(posedge clk) if (ce) begin i_z <= {{i_z, si}}; r_z <= z[{LONG}]; end",
        ]
    )


_LONG = _long()
_CONTENTS: dict[str, Callable[..., Content]] = {
    "bare": partial(_simple, "i0", 1),
    "add": partial(_simple, "i0 + i1", 2),
    "double": partial(_behind_adder, "y1 + i2"),
    "compare": partial(_simple, "$signed(i0) < $signed(i1)", 2, bits=1),
    "after": partial(_behind_adder, "$signed(y1) < $signed(i2)", bits=1),
    "equal": _equal,
    "equal_alone": partial(_simple, "i0 == i1", 2, bits=1),
    "logic": _logic,
    "mux": _mux,
    "muxes": _muxes,
    "any": _any,
    "any_alone": partial(_simple, "|i0", 1, bits=1),
    "shift": _shift,
    "leading": _leading,
    "multiply": _multiply,
    "lookup": _lookup,
    "choose": _choose,
    "choose_alone": _choose_alone,
    "read": _read,
    "block_out": _block_out,
    "block_in": _block_in,
}


def source(probes: Sequence[Probe], *, clocks: bool, beside: bool = False) -> str:
    """Verilog of many probes under a `top`.

    Args:
        probes: The modules.
        clocks: Whether each has a clock of its own.
        beside: Whether each has a longer path beside it.
    """
    lines = [one.verilog(beside=beside) for one in probes]
    # Never a single bit: its net would have no number to tell the path by.
    lines.append(f"module top(input [{len(probes)}:0] clk, input ce, input si);")
    lines += [
        f"(* keep *) {one.name} p{n}(.clk(clk[{n if clocks else 0}]), .ce(ce), .si(si));"
        for n, one in enumerate(probes)
    ]
    return "\n".join([*lines, "endmodule", ""])
