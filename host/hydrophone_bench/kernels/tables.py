"""Tables of the kernels' benchmark: text for a terminal, Markdown for the pages."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from hydrophone_bench.kernels.cases import Shape
from hydrophone_bench.kernels.data import LARGE
from hydrophone_bench.kernels.report import MARKED, MARKS, KernelReport, Native, Row
from hydrophone_bench.table import aligned, number
from hydrophone_report import markdown

Cells = Sequence[str]
Layout = Callable[[Sequence[Cells]], list[str]]

TITLES = {
    Shape.CALL: "One window a call, from Python; peers in times of ours",
    Shape.STREAM: "One sample a push, from Python; peers in times of ours",
    Shape.SERIES: "A whole series a call, from Python; peers in times of ours",
}


def text(report: KernelReport) -> str:
    """The report for a terminal."""
    return "\n".join([*_head(report), "", *_body(report, aligned, "{}:"), "", *_foot(report)])


def page(report: KernelReport) -> str:
    """The report for a page, below whatever the page says itself."""
    lines = [*_paragraphs(_head(report)), *_body(report, _markdown, "### {}"), ""]
    lines += ["### What was called", ""]
    called = [("kernel", "shape", "who", "expression", ""), *_expressions(report)]
    lines.append(markdown.table(called, words=True))
    return "\n".join([*lines, "", *_paragraphs(_foot(report))]).rstrip()


def summary(report: KernelReport) -> str:
    """The few rows of the README: each kernel at the smallest window, and its nearest peer."""
    head = ("ns", *(_SHORT[shape] for shape in Shape), *(_NATIVE.format(isa) for isa in MARKED[:2]))
    rows: list[Cells] = [head]
    for kernel, marks in MARKS.items():
        cells = [_nearest(_smallest_window(report.of(shape), kernel)) for shape in Shape]
        native = _smallest_window(report.native, kernel)
        for isa, mark in zip(MARKED[:2], marks, strict=False):
            ns = native.latency.get(isa) if native else None
            cells.append("" if ns is None else f"{number(ns)} (mark {mark})")
        rows.append((_words(kernel), *cells))
    return markdown.table(rows)


def _markdown(rows: Sequence[Cells]) -> list[str]:
    return markdown.table(rows).splitlines()


_SHORT = {
    Shape.CALL: "a call",
    Shape.STREAM: "a push",
    Shape.SERIES: "a sample of a series",
}
_NATIVE = "from C++, {}"

_Entry = TypeVar("_Entry", Row, Native)


def _smallest_window(entries: Sequence[_Entry], kernel: str) -> _Entry | None:
    """The entry of a kernel with the smallest window."""
    return min((e for e in entries if e.kernel == kernel), key=lambda e: e.window, default=None)


def _nearest(row: Row | None) -> str:
    if row is None:
        return ""
    if not row.nearest:
        return number(row.ns)
    return f"{number(row.ns)} ({row.nearest} {times(row.peers[row.nearest].ratio)})"


def times(ratio: float) -> str:
    """A ratio, formatted: ``3.21x``."""
    return f"{number(ratio)}x"


def _words(kernel: str) -> str:
    return {"haar": "Haar DWT", "distance": "Euclidean distance", "entropy": "Shannon entropy"}.get(
        kernel, kernel.replace("_", " ")
    )


def _head(report: KernelReport) -> list[str]:
    peers = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return [
        f"machine: {report.machine}",
        f"ours:    {report.isa}, float32",
        f"peers:   {peers or 'none'}",
        f"missing: {', '.join(report.missing) or 'none'}",
    ]


def _body(report: KernelReport, layout: Layout, title: str) -> list[str]:
    lines: list[str] = []
    for shape in Shape:
        rows = report.of(shape)
        if not rows:
            continue
        peers = [name for name in report.versions if any(name in row.peers for row in rows)]
        table: list[Cells] = [("", "size", f"ours, {rows[0].unit}", *peers)]
        for row in rows:
            cells = [times(row.peers[p].ratio) if p in row.peers else "" for p in peers]
            table.append((_words(row.kernel), row.size, number(row.ns), *cells))
        lines += [title.format(TITLES[shape]), "", *layout(table), ""]
    return [*lines, *_native(report, layout, title), *_drifts(report, layout, title)]


def _native(report: KernelReport, layout: Layout, title: str) -> list[str]:
    if not report.native:
        return []
    everyone = list(dict.fromkeys(who for native in report.native for who in native.throughput))
    table: list[Cells] = [("", "size", *everyone, *(f"mark {isa}" for isa in MARKED))]
    for native in report.native:
        marks = map(str, MARKS.get(native.kernel, ("",) * len(MARKED)))
        cells = [_throughput_and_latency(native, who) for who in everyone]
        table.append((_words(native.kernel), native.size, *cells, *marks))
    return [
        title.format(
            "One window a call, from C++: ns back to back / waiting for the result before"
        ),
        "",
        *layout(table),
        "",
    ]


def _throughput_and_latency(native: Native, who: str) -> str:
    """Throughput and latency."""
    if who not in native.throughput:
        return ""
    return f"{number(native.throughput[who])} / {number(native.latency[who])}"


def _drifts(report: KernelReport, layout: Layout, title: str) -> list[str]:
    if not report.drifts:
        return []
    everyone = list(dict.fromkeys(who for drift in report.drifts for who in drift.errors))
    table: list[Cells] = [("", "size", *everyone)]
    for drift in report.drifts:
        errors = [f"{drift.errors[who]:.1e}" if who in drift.errors else "" for who in everyone]
        table.append((_words(drift.kernel), drift.size, *errors))
    words = f"Largest error after samples that were {LARGE:,} times as large"
    return [title.format(words), "", *layout(table), ""]


def _foot(report: KernelReport) -> list[str]:
    behind = report.behind or ["No peer is ahead of ours."]
    return [
        *behind,
        *report.missed,
        *([report.native_work] if report.native else []),
        *report.notes,
    ]


def _expressions(report: KernelReport) -> list[Cells]:
    cells: list[Cells] = []
    for row in report.rows:
        if row.window != min(r.window for r in report.of(row.shape) if r.kernel == row.kernel):
            continue
        cells.append((_words(row.kernel), row.shape, "ours", f"`{row.code}`", row.definition))
        cells += [("", "", name, f"`{peer.code}`", peer.aside) for name, peer in row.peers.items()]
    return cells


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """Lines of which each is to stand for itself in Markdown."""
    return [part for line in lines if line for part in (f"- {line}",)] + [""]


PAGES = {"README.md": summary, "docs/kernels.md": page}
"""What makes the tables of each page that has some."""
