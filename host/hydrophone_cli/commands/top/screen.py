"""The view of ``hydrophone top``: tables that fit the terminal's width and height."""

import sys
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from hydrophone.feeds.optional_imports import import_optional
from hydrophone.stage_clock import Stage
from hydrophone_cli.listening.screen import KIND_STYLE, SIDE_STYLE, clock
from hydrophone_cli.printable import printable
from hydrophone_cli.terminal import colour_system, moving

_PURPOSE = "showing what runs"
_STATE_STYLE = {"running": "green", "ended": "dim", "failed": "red", "gone": "red", "stuck": "red"}
_ROWS = 20
"""Rows of symbols and alerts where there is no terminal, which has a height."""
Cells = list[tuple[str, str]]
"""A row: text and style of each cell."""


@dataclass(frozen=True)
class _Column:
    """A column of a table.

    Attributes:
        title: Its heading.
        from_width: Narrowest terminal that has room for it.
        words: Whether it holds words, which stand to the left; numbers stand to the right.
    """

    title: str
    from_width: int = 0
    words: bool = False


_STAGES = (
    _Column("stage", words=True), _Column("p50"), _Column("p99"), _Column("p99.99"),
    _Column("max", 50), _Column("mean", 60), _Column("events", 75),
)  # fmt: skip
_SYMBOLS = (
    _Column("symbol", words=True), _Column("side", words=True), _Column("parent"),
    _Column("score"), _Column("kind", 50, words=True), _Column("events", 65),
    _Column("alerts", 75), _Column("time (UTC)", 100),
)  # fmt: skip
_ALERTS = (
    _Column("alert at", words=True), _Column("symbol", words=True), _Column("side", words=True),
    _Column("score"), _Column("kind", 55, words=True), _Column("parent", 70), _Column("price", 85),
)  # fmt: skip


class LiveView:
    """The view on a terminal, drawn anew each time."""

    def __init__(self) -> None:
        self._console = _console()
        live = import_optional("rich.live", purpose=_PURPOSE)
        self._live: Any = live.Live(console=self._console, screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def show(self, snapshot: dict[str, Any], before: dict[str, Any] | None) -> None:
        """Shows a snapshot, with rates since an earlier one."""
        size = self._console.size
        parts = _view(snapshot, before, width=size.width, height=size.height)
        self._live.update(_grouped(parts), refresh=True)


def print_view(snapshot: dict[str, Any]) -> None:
    """Prints the view once; rates are those of the whole run."""
    console = _console()
    height = console.size.height if moving(sys.stdout) else None
    console.print(_grouped(_view(snapshot, None, width=console.size.width, height=height)))


def _console() -> Any:
    console = import_optional("rich.console", purpose=_PURPOSE).Console
    return console(highlight=False, color_system=colour_system(sys.stdout))


def _grouped(parts: list[Any]) -> Any:
    return import_optional("rich.console", purpose=_PURPOSE).Group(*parts)


def _view(
    snapshot: dict[str, Any], before: dict[str, Any] | None, *, width: int, height: int | None
) -> list[Any]:
    """What stands below each other."""
    head = _head(snapshot, before, width)
    stages = _table(_STAGES, _stage_rows(snapshot), width)
    room = _ROWS
    if height is not None:
        # A heading and an empty line belong to each of the three tables.
        used = sum(_lines(text, width) for text in head) + stages.row_count + 6
        room = max(height - used, 2)
    alerts = snapshot["alerts"][::-1][: max(room // 2, room - len(snapshot["symbols"]))]
    # Open episodes first; the busiest symbols hardly change their places.
    symbols = sorted(snapshot["symbols"], key=lambda s: (not s["episode"], -s["events"]))
    symbols = symbols[: max(room - len(alerts), 1)]
    parts: list[Any] = [*head, "", stages]
    if symbols:
        parts += ["", _table(_SYMBOLS, [_symbol_row(symbol) for symbol in symbols], width)]
    if alerts:
        parts += ["", _table(_ALERTS, [_alert_row(alert) for alert in alerts], width)]
    return parts


def _head(snapshot: dict[str, Any], before: dict[str, Any] | None, width: int) -> list[Any]:
    """What runs where, and its counters."""
    text = import_optional("rich.text", purpose=_PURPOSE).Text
    counters, state = snapshot["counters"], snapshot["state"]
    age = timedelta(seconds=int(snapshot["time"] - snapshot["started"]))
    so_far = "for" if state == "running" else "after"
    sources = snapshot["sources"]
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    lines = [
        text.assemble(
            (printable(snapshot["name"]), "bold"), " ",
            (state, _STATE_STYLE.get(state, "red")),
            f" {so_far} {age}, process {snapshot['pid']}, ",
            f"{snapshot['device']} ({printable(snapshot['device_detail'])}), ",
            f"config {printable(snapshot['config'])}",
        ),
        text(f"{printable(sources[0])}{more}" if sources else "no source", style="dim"),
        text(
            f"events {counters['events']:,} ({_rate(snapshot, before, 'events')}), "
            f"alerts {counters['alerts']:,} ({_rate(snapshot, before, 'alerts')}), "
            f"late {counters['late']:,}, passed over {counters['passed_over']:,}"
        ),
    ]  # fmt: skip
    losses = [
        f"{what} {count:,} {reason}"
        for what in ("dropped", "skipped", "changed")
        for reason, count in counters[what].items()
        if count
    ]
    lines.append(
        text(printable(", ".join(losses)), style="yellow")
        if losses
        else text("nothing dropped, skipped or changed", style="dim")
    )
    for line in lines:
        line.overflow = "fold"
    return lines


def _rate(snapshot: dict[str, Any], before: dict[str, Any] | None, what: str) -> str:
    """Events or alerts a second, since an earlier snapshot or the beginning."""
    count, since = snapshot["counters"][what], snapshot["started"]
    if before is not None:
        count -= before["counters"][what]
        since = before["time"]
    rate = count / max(snapshot["time"] - since, 1e-3)
    return f"{rate:,.0f}/s" if rate >= 100 or not rate else f"{rate:.3g}/s"


def _stage_rows(snapshot: dict[str, Any]) -> list[Cells]:
    stages = snapshot["stages"]
    order = [*(stage.value for stage in Stage), "engine"]
    rows: list[Cells] = []
    for name in [name for name in order if name in stages]:
        figures = stages[name]
        times = [duration(figures[key]) for key in ("p50", "p99", "p99.99", "max", "mean")]
        cells = [(time, "") for time in times]
        rows.append([(name, "bold"), *cells, (f"{figures['events']:,}", "")])
    return rows


def _symbol_row(symbol: dict[str, Any]) -> Cells:
    return [
        (printable(symbol["symbol"]), "bold" if symbol["episode"] else ""),
        (symbol["side"], SIDE_STYLE.get(symbol["side"], "")),
        (f"{symbol['parent_size']:,}", ""),
        (f"{symbol['score']:.1f}", ""),
        (symbol["kind"], KIND_STYLE.get(symbol["kind"], "")),
        (f"{symbol['events']:,}", ""),
        (f"{symbol['alerts']:,}", ""),
        (clock(symbol["time_ns"]), "dim"),
    ]


def _alert_row(alert: dict[str, Any]) -> Cells:
    return [
        (clock(alert["time_ns"])[11:], "dim"),
        (printable(alert["symbol"]), ""),
        (alert["side"], SIDE_STYLE.get(alert["side"], "")),
        (f"{alert['score']:.1f}", ""),
        (alert["kind"], KIND_STYLE.get(alert["kind"], "")),
        (f"{alert['parent_size']:,}", ""),
        (f"{alert['price']:,}", ""),
    ]


def _table(columns: tuple[_Column, ...], rows: list[Cells], width: int) -> Any:
    """A table of those columns that the terminal is wide enough for."""
    text = import_optional("rich.text", purpose=_PURPOSE).Text
    table = import_optional("rich.table", purpose=_PURPOSE).Table(
        box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0)
    )
    shown = [place for place, column in enumerate(columns) if column.from_width <= width]
    for place in shown:
        column = columns[place]
        # A name may be cut, a number never.
        table.add_column(
            column.title,
            justify="left" if column.words else "right",
            no_wrap=True,
            overflow="ellipsis",
            min_width=None if column.title == "symbol" else len(column.title),
        )
    for row in rows:
        table.add_row(*(text(row[place][0], style=row[place][1]) for place in shown))
    return table


def _lines(text: Any, width: int) -> int:
    return max(-(-len(text.plain) // max(width, 1)), 1)


def duration(nanoseconds: float) -> str:
    """A time an event, to three digits."""
    for limit, unit in ((1e3, "ns"), (1e6, "µs"), (1e9, "ms")):
        if nanoseconds < 0.9995 * limit:
            return f"{_three_digits(nanoseconds / (limit / 1e3))} {unit}"
    return f"{_three_digits(nanoseconds / 1e9)} s"


def _three_digits(value: float) -> str:
    return f"{value:.0f}" if value >= 99.95 else f"{value:#.3g}" if value >= 1 else f"{value:.2f}"
