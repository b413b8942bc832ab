"""Terminal display of a run: progress, the alerts as they come, and a closing table."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from hydrophone.feeds import Tape
from hydrophone.feeds.optional_imports import import_optional
from hydrophone_cli.listening.batch import Batch
from hydrophone_cli.listening.summary import Summary
from hydrophone_cli.printable import printable
from hydrophone_cli.terminal import colour_system, moving

KIND_STYLE = {"block": "bold cyan", "sweep": "bold magenta", "iceberg": "bold blue",
              "sliced": "bold yellow"}  # fmt: skip
SIDE_STYLE = {"buy": "green", "sell": "red"}
_NOTES = 12
"""Notes shown at the end."""
_ON_SCREEN = 200
"""Alerts shown as they come; a file takes all of them."""


class Screen:
    """Progress and alerts on a terminal; plain lines where the output is no terminal.

    Args:
        tape: Knows how far it was read.
        errors: Whether to show it on the standard error, for the standard output is taken.
    """

    def __init__(self, tape: Tape, *, errors: bool = False) -> None:
        purpose = "showing what is heard"
        console = import_optional("rich.console", purpose=purpose)
        progress = import_optional("rich.progress", purpose=purpose)
        self._tape = tape
        stream = sys.stderr if errors else sys.stdout
        self._console: Any = console.Console(
            highlight=False,
            stderr=errors,
            color_system=colour_system(stream),
            force_terminal=moving(stream),
        )
        self._console.on_broken_pipe = _raise_broken_pipe
        self._progress: Any = progress.Progress(
            progress.SpinnerColumn(),
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.TaskProgressColumn(),
            progress.TextColumn("{task.fields[events]:,} events"),
            progress.TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not moving(stream),
        )
        self._task: Any = None
        self._shown = 0

    def __enter__(self) -> Self:
        self._progress.start()
        self._task = self._progress.add_task("listening", total=None, events=0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def print_line(self, text: str) -> None:
        """Prints a line above the progress bar."""
        self._console.print(printable(text), soft_wrap=True, markup=False)

    def advance(self, events: int) -> None:
        """Moves the bar on."""
        done, total = self._tape.progress
        self._progress.update(
            self._task, completed=min(done, total) if total else done, total=total or None,
            events=events,
        )  # fmt: skip

    def take(self, batch: Batch) -> None:
        """Prints the alerts of a batch."""
        for alert in batch.alerts[: _ON_SCREEN - self._shown]:
            self._console.print(alert_line(alert), soft_wrap=True)
        before, self._shown = self._shown, self._shown + len(batch.alerts)
        if before < _ON_SCREEN <= self._shown:
            self._console.print(
                f"[dim]… {_ON_SCREEN} alerts shown; --alerts FILE takes all of them[/]"
            )
        self._shown = min(self._shown, _ON_SCREEN)

    def close(self, summary: Summary) -> None:
        """Prints the closing table, what was skipped and what was decided."""
        table = import_optional("rich.table", purpose="showing what was heard").Table(
            show_header=False, box=None, pad_edge=False
        )
        table.add_column(style="dim")
        table.add_column()
        for name, value in _rows(summary):
            table.add_row(name, marked(value))
        self._console.print()
        self._console.print(table)
        for title, counts in (("skipped", summary.skipped), ("changed", summary.changed)):
            for reason, count in counts.items():
                self._console.print(f"[yellow]{title}[/] {count:,} {reason}")
                for example in summary.examples.get(reason, []):
                    shown = printable(example)
                    self._console.print(f"    {shown}", style="dim", markup=False, soft_wrap=True)
        notes = summary.notes
        for note in notes[:_NOTES]:
            shown = printable(note)
            self._console.print(f"note: {shown}", style="dim", markup=False, soft_wrap=True)
        if len(notes) > _NOTES:
            more = f"note: and {len(notes) - _NOTES} more, which --json tells"
            self._console.print(more, style="dim")


def _raise_broken_pipe() -> None:
    raise BrokenPipeError


def alert_line(alert: Mapping[str, Any]) -> str:
    """One alert as a line with colours."""
    kind, side = alert["kind"], alert["side"]
    return (
        f"[dim]{clock(alert['time_ns'])}[/] {marked(printable(alert['symbol']).ljust(12))} "
        f"[{SIDE_STYLE[side]}]{side:<4}[/] [{KIND_STYLE[kind]}]{kind:<7}[/] "
        f"parent {alert['parent_size']:>12,} @ {alert['price']:,}  "
        f"score {alert['score']:.1f}  [dim]#{alert['sequence']}[/]"
        + (f"  best {marked(alert['best'])}" if alert.get("best") else "")
    )


def marked(text: str) -> str:
    """The text as it is in a line with colours, whose marks it has none of."""
    return import_optional("rich.markup", purpose="showing what is heard").escape(printable(text))


def clock(time_ns: int) -> str:
    """A time as a person reads it, to the millisecond, UTC."""
    seconds, nanoseconds = divmod(time_ns, 10**9)
    when = datetime.fromtimestamp(seconds, UTC)
    return f"{when:%Y-%m-%d %H:%M:%S}.{nanoseconds // 10**6:03d}"


def _rows(summary: Summary) -> list[tuple[str, str]]:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(summary.kinds.items()))
    record, latency = summary.record(), summary.latency
    rows = [
        ("device", f"{summary.device} ({summary.detail}): {summary.reason}"),
        ("configuration", summary.config),
        ("events", f"{summary.events:,} of {summary.symbols:,} symbols"),
        ("alerts", f"{summary.alerts:,}" + (f" ({kinds})" if kinds else "")),
        ("dropped", f"{summary.dropped:,}"),
        ("skipped", f"{sum(summary.skipped.values()):,}"),
        ("speed", f"{record['events_per_second']:,} events/s, all told"),
        ("device speed", f"{record['device_events_per_second']:,} events/s"),
    ]
    if "p50" in latency:
        percentiles = ", ".join(
            f"{name} {value:,.0f}" for name, value in latency.items() if isinstance(value, float)
        )
        rows.append(("ns an event", f"{percentiles} (calls of {latency['window']:,})"))
    if summary.cycles is not None:
        cycles = summary.cycles
        rows.append(("cycles", f"{cycles['min']} … {cycles['max']}, mean {cycles['mean']:.1f}"))
    return rows
