"""A report as a person reads it, on any terminal and in any file."""

from hydrophone.bench.figures import Figure, Report

STATISTICS = ("median", "p50", "p99", "p99.9", "p99.99", "max")


def render(report: Report) -> str:
    """The report as lines of text."""
    lines = [f"machine: {report.machine}", f"engine:  {report.isa}", f"tape:    {report.tape}", ""]
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
        (f.name, *(number(f.values[s]) if s in f.values else "" for s in STATISTICS), f.unit)
        for f in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines: list[str] = []
    for name, *cells, unit in rows:
        numbers = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=False))
        lines.append("  ".join([name.ljust(widths[0]), *numbers, unit]).rstrip())
    return lines


def number(value: float) -> str:
    """A number with three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
