"""Performance of the systems, learned online from what became of the candidates.

A decision that learns judges the one that is remembered by the outcomes it brings, and is then
remembered itself. Decisions in between are neither judged nor remembered: an outcome of a whole
horizon must not judge ranks that were given within it.

Each system that was used then is judged by its rank information coefficient: Spearman's correlation
``1 - 6 sum d**2 / (n (n**2 - 1))`` between the ranks it gave and the ranks of the outcomes, the
published form, with mean ranks for ties. An exponential average of the coefficients is the system's
performance.
"""

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.block import State, StateError
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.fusion.ranks import ranked

OUTCOME = Fixed(signed=True, integer=15)
"""What became of a candidate, in any unit, such as its return in tenths of a basis point."""
PERFORMANCE = Fixed(signed=True, integer=1, fraction=20)
"""An average of rank information coefficients."""
COEFFICIENT = Fixed(signed=True, integer=1, fraction=14)
"""One rank information coefficient."""
LOSS_FRACTION = 16
"""Fraction bits of `LOSS` beyond those of a coefficient."""

ERROR_BOUND = 2.7 * COEFFICIENT.resolution
"""Largest distance of one coefficient from the formula's: a step of cutting off, the rest rounds
the table."""

_COUNTS = [float(n * (n * n - 1)) for n in range(65)]
LOSS: tuple[int, ...] = tuple(
    round(1.5 / cube * 2.0 ** (COEFFICIENT.fraction + LOSS_FRACTION)) if cube else 0
    for cube in _COUNTS
)
"""What a squared difference of half ranks takes from a coefficient among n candidates."""


class Performance:
    """Running performance of each system, and the decision that it is to be judged by.

    State:
        ``performance`` of each system, raw `PERFORMANCE`, 0 at first; and a remembered decision:
        the half ranks of each system, who was used, who was present; at first nobody.

    Steps:
        Only where ``learn`` is 1:

        1. ``n`` candidates were present in the remembered decision. ``truth`` is the half ranks of
           their outcomes, see `ranked`. If every one of them is ``n + 1``, as of equal outcomes or
           of fewer than two candidates, nothing is learned: continue with 3.
        2. For each system that was used then: ``loss`` is the sum of ``(half - truth)**2`` over the
           candidates that were present, times ``LOSS[n]``;
           ``gained = COEFFICIENT.one - min(loss >> LOSS_FRACTION, 2 * COEFFICIENT.one)``, shifted
           left by ``PERFORMANCE.fraction - COEFFICIENT.fraction``; and
           ``performance = performance + ((gained - performance) >> rate)``.
        3. The decision of this event is remembered in place of the other.

        `LOSS[n]` is ``1.5 / (n * (n * n - 1)) * 2**(COEFFICIENT.fraction + LOSS_FRACTION)`` rounded
        to the nearest, and 0 for ``n`` below 2.

    Args:
        systems: Number of systems.
        candidates: Number of candidates.
    """

    def __init__(self, systems: int, candidates: int) -> None:
        self._now = np.zeros(systems, np.int64)
        self._half = np.zeros((1, systems, candidates), np.int64)
        self._used: NDArray[np.bool_] = np.zeros((1, systems), np.bool_)
        self._present: NDArray[np.bool_] = np.zeros((1, candidates), np.bool_)

    def state(self) -> dict[str, Raw]:
        """Fields ``performance``, and of the remembered decision ``half``, ``used``, ``present``.

        Half ranks are those of who was used and present; the others do not matter, and are 0.
        """
        used, present = self._used[0], self._present[0]
        half = np.where(used[:, None] & present, self._half[0], 0)
        return {
            "performance": self._now[None].copy(),
            "half": half.reshape(1, -1),
            "used": used[None].astype(np.int64),
            "present": present[None].astype(np.int64),
        }

    def set_state(self, state: State) -> None:
        """Takes over what `state` gave.

        Raises:
            StateError: Half ranks are none of as many candidates.
        """
        half = state["half"].reshape(self._half.shape)
        used, present = state["used"] != 0, state["present"] != 0
        count = int(present.sum())
        if half.max(initial=0) > 2 * count or np.any(half[~(used[:, :, None] & present)] != 0):
            raise StateError(f"half ranks are not those of {count} candidates: take another state")
        self._now = state["performance"][0].copy()
        self._half, self._used, self._present = half.copy(), used, present

    def learn(
        self,
        outcome: Raw,
        given: NDArray[np.bool_],
        *,
        rate: int,
        half: Raw,
        used: NDArray[np.bool_],
        present: NDArray[np.bool_],
    ) -> Raw:
        """Takes in outcomes, each of the last decision that learned before, and remembers.

        Nothing is learned where fewer than two candidates were present or their outcomes are all
        equal. Systems that were not used keep their performance.

        Args:
            outcome: Raw `OUTCOME` of the remembered decision's candidates, (decisions, candidates).
            given: Whether a decision learns, shape (decisions,).
            rate: A new coefficient weighs 2**-rate.
            half: Half ranks of each system, shape (decisions, systems, candidates).
            used: Shape (decisions, systems).
            present: Shape (decisions, candidates).

        Returns:
            Raw `PERFORMANCE` after learning, shape (decisions, systems).
        """
        halves = np.concatenate([self._half, half])
        uses = np.concatenate([self._used, used])
        presences = np.concatenate([self._present, present])
        # Place of the decision that is remembered before each one, and after the last.
        learned = np.where(given, np.arange(1, given.size + 1), 0)
        remembered = np.maximum.accumulate(np.concatenate([[0], learned]))
        kept, last = remembered[:-1], remembered[-1:]
        self._half, self._used, self._present = halves[last], uses[last], presences[last]

        before, count = presences[kept], presences[kept].sum(axis=-1)
        truth, _ = ranked(outcome, before)
        # Of n equal outcomes each shares the mean rank: n + 1 halves.
        informative = np.any(before & (truth != (count + 1)[:, None]), axis=-1)
        learns = (given & informative)[:, None] & uses[kept]
        difference = np.where(before[:, None, :], halves[kept] - truth[:, None, :], 0)
        loss = np.square(difference).sum(axis=-1) * np.take(LOSS, count)[:, None]
        one = COEFFICIENT.one
        gained = one - np.minimum(loss >> LOSS_FRACTION, 2 * one)
        gained <<= PERFORMANCE.fraction - COEFFICIENT.fraction

        after = np.empty_like(gained)
        for event, (step, learning) in enumerate(zip(gained, learns, strict=True)):
            self._now = np.where(learning, self._now + ((step - self._now) >> rate), self._now)
            after[event] = self._now
        return after
