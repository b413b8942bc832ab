"""Log records of a run: its beginning, what was left out or changed, and what it came to."""

import logging

from hydrophone import Session
from hydrophone.feeds import Tape
from hydrophone_cli.listening.summary import Summary
from hydrophone_cli.logs import LOGGER, log

_LOGGER = LOGGER.getChild("listen")


def log_start(session: Session, tape: Tape) -> None:
    """Logs what listens to what."""
    log(
        _LOGGER,
        logging.INFO,
        f"listening to {', '.join(tape.sources[:3])} on {session.device}",
        on_screen=True,
        event="start",
        sources=tape.sources,
        device=session.device,
        device_detail=session.info.detail,
        config=session.config.name,
    )


def log_summary(summary: Summary) -> None:
    """Logs what a run left out or changed, reason by reason, and its counts."""
    for event, counts in (("skipped", summary.skipped), ("changed", summary.changed)):
        for reason, count in counts.items():
            log(
                _LOGGER,
                logging.WARNING,
                f"{event} {count:,} {reason}",
                on_screen=True,
                event=event,
                reason=reason,
                count=count,
                examples=summary.examples.get(reason, []),
            )
    for event, count in (("dropped", summary.dropped), ("late", summary.late)):
        if count:
            message = f"{event} {count:,}"
            log(_LOGGER, logging.WARNING, message, on_screen=True, event=event, count=count)
    for note in summary.notes:
        log(_LOGGER, logging.INFO, note, on_screen=True, event="note")
    log(
        _LOGGER,
        logging.INFO,
        f"processed {summary.events:,} events with {summary.alerts:,} alerts",
        on_screen=True,
        event="end",
        events=summary.events,
        alerts=summary.alerts,
        seconds=round(summary.seconds, 6),
    )
