"""Line and toggle coverage of a block's Verilog by what went through it.

The counters' file is text: a point a line, its properties between control characters, its count.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hydrophone_sim import generate
from hydrophone_sim.implementations import HardwareImplementation

_POINT = re.compile(r"^C '(.*)' (\d+)$")
_LINES, _TOGGLE = ("v_line", "v_branch"), "v_toggle"


@dataclass(frozen=True)
class Point:
    """A counter.

    Attributes:
        toggle: Of a bit that changes, otherwise of lines that run, those of a branch for one.
        lines: Of the Verilog.
        count: How often.
    """

    toggle: bool
    lines: tuple[int, ...]
    count: int


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What was reached of a block's hardware.

    Attributes:
        block: Its name.
        target: Device family.
        lines: Of its Verilog that can be reached.
        lines_hit: Of them those that were.
        toggles: Changes of bits that can be: up and down are two.
        toggles_hit: Of them those that were.
        verilog: The file.
        info: The counts of each line and toggle, in the form of lcov.
    """

    block: str
    target: str
    lines: int
    lines_hit: int
    toggles: int
    toggles_hit: int
    verilog: str
    info: str

    def line(self) -> str:
        """A row of a table."""
        shares = [
            f"{hit:,} of {all:,} ({100 * hit / max(all, 1):.0f} %)"
            for hit, all in ((self.lines_hit, self.lines), (self.toggles_hit, self.toggles))
        ]
        return f"{self.block:12} {self.target:8} {shares[0]:>19} {shares[1]:>25}  {self.info}"


def leave_coverage(block: str, implementation: HardwareImplementation, folder: Path) -> Coverage:
    """Writes a block's Verilog, and what was reached of it since the implementation was made.

    Args:
        block: Its name.
        implementation: Its hardware, compiled by the engine ``covered``.
        folder: Where to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    timing, name = implementation.block.params.timing, implementation.block.params.name
    verilog = (folder / f"{name}-{timing.target}.v").resolve()
    ports = generate.stream_ports(implementation.block)
    verilog.write_text(generate.to_verilog(implementation.block, ports, "top"), encoding="utf-8")
    data, info = verilog.with_suffix(".dat"), verilog.with_suffix(".info")
    implementation.compiled.write_coverage(data)
    points = list(points_of(data.read_text(encoding="utf-8")))
    lines = line_counts(points)
    toggles = [point.count for point in points if point.toggle]
    info.write_text(lcov(verilog, points), encoding="utf-8")
    return Coverage(
        block=block,
        target=timing.target,
        lines=len(lines),
        lines_hit=sum(count > 0 for count in lines.values()),
        toggles=len(toggles),
        toggles_hit=sum(count > 0 for count in toggles),
        verilog=str(verilog),
        info=str(info),
    )


def points_of(text: str) -> Iterator[Point]:
    """The counters of a file of Verilator's."""
    for line in text.splitlines():
        found = _POINT.match(line)
        if found is None:
            continue
        parts = (part.partition("\x02") for part in found[1].split("\x01") if part)
        attributes = {key: value for key, _, value in parts}
        page = attributes.get("page", "").partition("/")[0]
        if page in (*_LINES, _TOGGLE):
            lines = tuple(_numbers(attributes.get("S", "") or attributes["l"]))
            yield Point(page == _TOGGLE, lines, int(found[2]))


def _numbers(text: str) -> Iterator[int]:
    """The numbers of a list with ranges, as ``3,7-9``."""
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def line_counts(points: list[Point]) -> dict[int, int]:
    """How often each line ran; of several counters of a line the most."""
    counts: dict[int, int] = {}
    for point in points:
        for line in () if point.toggle else point.lines:
            counts[line] = max(counts.get(line, 0), point.count)
    return dict(sorted(counts.items()))


def lcov(source: Path, points: list[Point]) -> str:
    """The trace file of lcov: lines as lines, toggles as branches."""
    counts = line_counts(points)
    toggles: dict[int, list[int]] = {}
    for point in points:
        if point.toggle:
            toggles.setdefault(point.lines[0], []).append(point.count)
    lines = ["TN:hydrophone", f"SF:{source}"]
    for line, branches in sorted(toggles.items()):
        lines += [f"BRDA:{line},0,{place},{count}" for place, count in enumerate(branches)]
    every = [count for branches in toggles.values() for count in branches]
    lines += [f"BRF:{len(every)}", f"BRH:{sum(count > 0 for count in every)}"]
    lines += [f"DA:{line},{count}" for line, count in counts.items()]
    lines += [f"LF:{len(counts)}", f"LH:{sum(count > 0 for count in counts.values())}"]
    return "\n".join([*lines, "end_of_record", ""])
