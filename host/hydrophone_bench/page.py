"""Benchmark report of the engine as Markdown: docs/engine.md, and the figures of README.md."""

from hydrophone_bench.figures import Goal, Report
from hydrophone_bench.table import STATISTICS, cell, number
from hydrophone_report.markdown import table


def page(report: Report) -> str:
    """Every figure, with what was timed, and the goals."""
    head = [
        f"- machine: {report.machine}",
        f"- {report.interruptions}",
        f"- engine:  {report.isa}",
        f"- tape:    {report.tape}",
        *(f"- {note}" for note in report.notes),
    ]
    statistics = [name for name in STATISTICS if any(name in f.values for f in report.figures)]
    figures = [["", *statistics, "unit"]]
    figures += [[f.name, *(cell(f, name) for name in statistics), f.unit] for f in report.figures]
    timed = [["", "from", "to", "how often"]]
    timed += [[f.name, f.start, f.stop, f.work] for f in report.figures]
    goals = [["goal", "wanted", "measured", ""]]
    goals += [[goal.name, *_judged(goal)] for goal in report.goals]
    parts = [
        "\n".join(head),
        table(figures),
        "### Goals",
        table(goals),
        "### What was timed",
        table(timed, words=True),
    ]
    return "\n\n".join(parts)


def summary(report: Report) -> str:
    """The figures that have a headline, what a caller meets and what the code itself takes."""
    lines = [["ns", "half of all", "99 %", "99.99 %", "99.99 %, each call's median"]]
    for headline in dict.fromkeys(f.headline for f in report.figures if f.headline):
        plain, *typical = [f for f in report.figures if f.headline == headline]
        half = "median" if "median" in plain.values else "p50"
        last = cell(typical[0], "p99.99") if typical else ""
        lines.append([headline, *(cell(plain, s) for s in (half, "p99", "p99.99")), last])
    return table(lines)


def _judged(goal: Goal) -> list[str]:
    sign = "≥" if goal.atleast else "≤"
    return [
        f"{sign} {number(goal.limit)} {goal.unit}",
        f"{number(goal.value)} {goal.unit}",
        "met" if goal.met else "**missed**",
    ]


PAGES = {"README.md": summary, "docs/engine.md": page}
"""What makes the tables of each page that has some."""
