"""A processed batch of events, and its alerts as records: what every sink of a run is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone import alerts
from hydrophone.decisions import Decisions
from hydrophone.feeds import Tape
from hydrophone_model.formats import TAIL
from hydrophone_model.records import Kind, Side

Records = NDArray[np.void]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Events with what came of them; no one who takes it changes it.

    Attributes:
        events: Shape (n,).
        results: One an event.
        decisions: One an event, if the run decides and there are events.
        candidates: Names that the decisions are among.
        alerts: Those among the results, as records in the tape's units.
    """

    events: Records
    results: Records
    decisions: Decisions | None = None
    candidates: tuple[str, ...] = ()
    alerts: tuple[Mapping[str, Any], ...] = ()


def alert_records(
    tape: Tape,
    results: Records,
    decisions: Decisions | None = None,
    candidates: tuple[str, ...] = (),
) -> tuple[Mapping[str, Any], ...]:
    """The alerts among results; beside decisions, each says which candidate was the best then."""
    records = [_alert_record(alert, tape) for alert in alerts(results)]
    if decisions is not None:
        for record in records:
            best = int(decisions.best[record["sequence"] - int(results["sequence"][0])])
            record["best"] = candidates[best] if best >= 0 else None
    return tuple(records)


def _alert_record(alert: np.void, tape: Tape) -> dict[str, Any]:
    """An alert as a person or program reads it: names, and the tape's own units."""
    symbol = int(alert["symbol"])
    return {
        "sequence": int(alert["sequence"]),
        "time_ns": int(alert["time_ns"]),
        "symbol": tape.symbols[symbol],
        "side": Side(int(alert["side"])).name.lower(),
        "kind": Kind(int(alert["kind"])).name.lower(),
        "score": int(alert["score"]) * TAIL.resolution,
        "parent_size": tape.size(symbol, int(alert["parent_size"])),
        "price": tape.price(symbol, int(alert["price"])),
    }
