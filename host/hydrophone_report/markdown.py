"""Markdown that commands write: aligned tables, and pages of which they renew one part."""

from collections.abc import Sequence


def table(lines: Sequence[Sequence[str]], *, words: bool = False) -> str:
    """A table with its columns aligned: the first to the left, the others to the right.

    Args:
        lines: Cells, the head's first.
        words: Whether the others hold words, too, and stand to the left.
    """
    left = range(len(lines[0]) if words else 1)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    rendered = [
        " | ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    rule = "|".join(
        "-" * (width + 2) if column in left else "-" * (width + 1) + ":"
        for column, width in enumerate(widths)
    )
    return "\n".join([f"| {rendered[0]} |", f"|{rule}|", *(f"| {line} |" for line in rendered[1:])])


def renewed(text: str, part: str, *, begin: str, end: str) -> str:
    """A page with what stands between two marks replaced, and the words around it kept.

    Raises:
        ValueError: The text lacks the marks.
    """
    before, begins, rest = text.partition(begin)
    _, ends, after = rest.partition(end)
    if not begins or not ends:
        raise ValueError(f"it lacks the lines {begin} and {end}, between which the figures stand")
    return f"{before}{begin}\n\n{part}\n\n{end}{after}"
