"""Benchmark report as text tables, for any terminal and any file."""

from collections.abc import Sequence

from hydrophone_bench.figures import Figure, Report

STATISTICS = ("median", "p50", "p99", "p99.9", "p99.99", "max")


def render(report: Report) -> str:
    """The report as lines of text."""
    lines = [
        f"machine: {report.machine}",
        f"         {report.interruptions}",
        f"engine:  {report.isa}",
        f"tape:    {report.tape}",
        "",
    ]
    lines += table(report.figures)
    lines += ["", "what was timed:"]
    for figure in report.figures:
        lines.append(f"  {figure.name} ({figure.work})")
        lines.append(f"    from {figure.start}")
        lines.append(f"    to   {figure.stop}")
    lines += ["", "goals:"]
    for goal in report.goals:
        sign = ">=" if goal.atleast else "<="
        verdict = "met" if goal.met else "MISSED"
        lines.append(
            f"  {verdict:6} {goal.name}: {number(goal.value)} {goal.unit} "
            f"({sign} {number(goal.limit)})"
        )
    lines += [f"  note   {note}" for note in report.notes]
    return "\n".join(lines)


def table(figures: list[Figure]) -> list[str]:
    """One row a figure, one column a statistic."""
    rows = [("", *STATISTICS, "unit")]
    rows += [
        (figure.name, *(cell(figure, name) for name in STATISTICS), figure.unit)
        for figure in figures
    ]
    return aligned(rows, left_end=True)


def cell(figure: Figure, statistic: str) -> str:
    """A statistic of a figure; nothing where it has none."""
    return number(figure.values[statistic]) if statistic in figure.values else ""


def aligned(rows: Sequence[Sequence[str]], *, left_end: bool = False) -> list[str]:
    """Rows with their cells below each other, the first to the left, the others to the right.

    Args:
        rows: Of equal length.
        left_end: Whether the last column stands to the left, too, as words do.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines: list[str] = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        cells[0] = row[0].ljust(widths[0])
        if left_end:
            cells[-1] = row[-1]
        lines.append("  ".join(cells).rstrip())
    return lines


def number(value: float) -> str:
    """A number with three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
