"""Detection metrics: recall, chance, lift and delay on injected whales; average precision.

A whale is detected when an episode opens on its side between its first print and `SLACK` events
after its last. A long whale is hit by false episodes too: chance is how often the alerts of the
clean tape would 'detect' an interval of that length and side at the whale's own place and at many
random ones. Lift is recall less chance.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrophone_evaluate.injection import Injected
from hydrophone_model.fixed import Raw
from hydrophone_model.records import Kind

SLACK = 8
"""Events after a whale's last print in which an alert still counts."""
SHIFTS = 64
"""Random places at which a whale's chance is measured, beside its own."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Detection outcome of one whale.

    Attributes:
        kind: What it was.
        strength: Position of its size among those of its kind.
        detected: Whether an episode opened on it.
        named: Whether that episode named its kind.
        delay: Events from its first print to the alert; -1 if it was not detected.
        chance: Share of places at which false alerts would have detected it.
    """

    kind: Kind
    strength: int
    detected: bool
    named: bool
    delay: int
    chance: float


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A detector's outcomes on one tape.

    Attributes:
        outcomes: One for each whale.
        false: Episodes that met no whale, a share of the events of the injected tapes.
        clean: Episodes on the clean tape, a share of its events.
    """

    outcomes: tuple[Outcome, ...]
    false: float
    clean: float


@dataclass(frozen=True, kw_only=True)
class DetectionFigures:
    """Detection figures of one kind of whale.

    Attributes:
        whales: Whales injected.
        recall: Share detected.
        chance: Share that noise would have detected.
        named: Share of the detected ones whose kind was named.
        delay: Median events until detection; NaN if none was detected.
    """

    whales: int
    recall: float
    chance: float
    named: float
    delay: float

    @property
    def lift(self) -> float:
        """Recall less chance."""
        return self.recall - self.chance


def judged(
    clean: tuple[Raw, Flags],
    copies: Sequence[tuple[Injected, Flags, Raw]],
    *,
    warm_up: int,
    seed: int,
) -> Judged:
    """Evaluates a detector's alerts on injected copies of one tape.

    Args:
        clean: Sides of the clean tape and what was raised on it.
        copies: Injected tapes, what was raised on each, and the kinds named.
        warm_up: Events of the clean tape before which no chance interval begins.
        seed: Makes the random intervals repeatable.
    """
    rng = np.random.default_rng(seed)
    sides, raised = clean
    places = [np.flatnonzero(raised & (sides == side)) for side in (0, 1)]
    outcomes: list[Outcome] = []
    false, events = 0, 0
    for injected, heard_at, kinds in copies:
        side_of = injected.events["side"]
        alerts = [np.flatnonzero(heard_at & (side_of == side)) for side in (0, 1)]
        met = np.zeros(heard_at.size, np.bool_)
        for whale in injected.whales:
            own, last = alerts[whale.side], whale.last + SLACK
            first, stop = np.searchsorted(own, (whale.first, last + 1)).tolist()
            met[own[first:stop]] = True
            detected = stop > first
            length = last - whale.first
            starts = rng.integers(warm_up, max(sides.size - length, warm_up + 1), SHIFTS)
            outcomes.append(
                Outcome(
                    kind=whale.kind,
                    strength=whale.strength,
                    detected=detected,
                    named=detected and int(kinds[own[first]]) == whale.kind,
                    delay=int(own[first]) - whale.first if detected else -1,
                    chance=_chance(places, np.append(starts, whale.origin), length),
                )
            )
        false += int(np.count_nonzero(heard_at & ~met))
        events += heard_at.size
    return Judged(
        outcomes=tuple(outcomes), false=false / max(events, 1), clean=float(raised.mean())
    )


def _chance(places: Sequence[NDArray[np.intp]], starts: Raw, length: int) -> float:
    """Share of intervals, of either side, in which the clean tape has an alert of that side."""
    hit = [
        np.searchsorted(own, starts + length, side="right") > np.searchsorted(own, starts)
        for own in places
    ]
    return float(np.mean(hit))


def detection_figures(outcomes: Iterable[Outcome]) -> DetectionFigures:
    """Aggregates outcomes into detection figures."""
    rows = list(outcomes)
    found = [row for row in rows if row.detected]
    return DetectionFigures(
        whales=len(rows),
        recall=len(found) / max(len(rows), 1),
        chance=float(np.mean([row.chance for row in rows])) if rows else 0.0,
        named=float(np.mean([row.named for row in found])) if found else 0.0,
        delay=float(np.median([row.delay for row in found])) if found else float("nan"),
    )


def average_precision(scores: NDArray[np.float64], positive: Flags) -> float:
    """Mean of the precision at each positive, scores descending.

    Positives that share a score with others share the precision of the whole tie.
    """
    order = np.argsort(-scores, kind="stable")
    ranked, truth = scores[order], positive[order]
    last_of_tie = np.append(ranked[1:] != ranked[:-1], True)
    found, seen = np.cumsum(truth)[last_of_tie], np.flatnonzero(last_of_tie) + 1
    gained = np.diff(found, prepend=0)
    return float(np.sum(gained * found / seen) / max(int(truth.sum()), 1))
