"""Fusion of a session: score tables of a user's own scoring systems in, decisions out."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hydrophone.decisions import Decisions
from hydrophone.fusion_checks import (
    Flags,
    Reals,
    checked_outcome,
    checked_present,
    checked_records,
    checked_scale,
    checked_scores,
)
from hydrophone.score_conversion import dense_ranks, raw_scores
from hydrophone_drivers.exclusive_use import NativeEngine, Work, native_engine
from hydrophone_drivers.fusion_device import FusionDevice
from hydrophone_model.block import State
from hydrophone_model.fusion.decision import decision_dtype
from hydrophone_model.fusion.fusion import FusionParams

BATCH = 1 << 8
"""Decisions that are converted and taken at once: their tables stay in the cache."""

Run = Callable[[NativeEngine | None, Decisions, Work], Decisions]


class Fusion:
    """The fusion behind a session: checks and converts what a user gives, and keeps the state.

    Args:
        fusion_device: The device's.
        params: Its sizes.
        run: Does the work of a call, whole or not at all, and returns its result; see
            `hydrophone_drivers.exclusive_use.ExclusiveUse.run`.
    """

    def __init__(self, fusion_device: FusionDevice, params: FusionParams, run: Run) -> None:
        self._fusion_device = fusion_device
        self._native = native_engine(fusion_device)
        self._run = run
        self.params = params
        self._dtype = decision_dtype(params)
        self._judged: Flags | None = None

    @property
    def judged(self) -> Flags | None:
        """Who took part in the decision that the next outcome judges, shape (candidates,)."""
        return self._judged

    def export_state(self) -> State:
        """See `hydrophone_drivers.fusion_device.FusionDevice.export_state`."""
        return self._fusion_device.export_state()

    def import_state(self, state: State, *, judged: bool | None) -> None:
        """See `hydrophone_drivers.fusion_device.FusionDevice.import_state`.

        Args:
            state: The fusion's.
            judged: Whether there is a decision to judge; None leaves that as it is.
        """
        self._fusion_device.import_state(state)
        if judged is not None:
            self._judged = state["present"][0] != 0 if judged else None

    def reset(self) -> None:
        """Forgets what the systems have shown, and the previous decision."""
        self._fusion_device.reset()
        self._judged = None

    def reconfigure(self, params: FusionParams) -> None:
        """Changes which combination decides."""
        self._fusion_device.reconfigure(params)
        self.params = params

    def fuse(
        self,
        scores: ArrayLike,
        *,
        present: ArrayLike | None = None,
        outcome: ArrayLike | None = None,
        scale: float | None = None,
        out: NDArray[np.void] | None = None,
    ) -> Decisions:
        """See `hydrophone.Session.fuse`."""
        table = checked_scores(scores, self.params)
        lead, count = table.shape[:-2], table[..., 0, 0].size
        sizes = self.params.systems, self.params.candidates
        scale = checked_scale(scale, table)
        presence = checked_present(present, lead, self.params).reshape(count, sizes[1])
        outcomes = checked_outcome(outcome, lead, self.params).reshape(count, sizes[1])
        records = checked_records(out, self._dtype, lead, scores=table)
        table, flat = table.reshape(count, *sizes), records.reshape(count)

        def decide() -> None:
            for start in range(0, count, BATCH):
                cut = slice(start, start + BATCH)
                self._decide_batch(table[cut], presence[cut], outcomes[cut], flat[cut], scale)

        return self._run(self._native if count <= BATCH else None, Decisions(records), decide)

    def _decide_batch(
        self,
        scores: NDArray[Any],
        present: Flags,
        outcome: Reals,
        decisions: NDArray[np.void],
        scale: float | None,
    ) -> None:
        """Decides a batch, and remembers who took part in its last decision that learned."""
        learn, judged = self._learning(present, outcome)
        raw = scores if scores.dtype == np.int16 else raw_scores(scores, present, scale)
        before = self._native and self._native.batches
        try:
            self._fusion_device.process(
                np.ascontiguousarray(raw),
                decisions,
                np.ascontiguousarray(present),
                dense_ranks(outcome),
                learn,
            )
        except BaseException:
            # A signal handler raises when the native call is done: then it has learned.
            if self._native is None or self._native.batches == before:
                raise
            self._judged = judged
            raise
        self._judged = judged

    def _learning(self, present: Flags, outcome: Reals) -> tuple[Flags, Flags | None]:
        """Which decisions judge the last one that learned, and are the next to be judged.

        The first one of all, and whoever knows what became of every candidate that took part then.

        Returns:
            Those decisions, and who took part in the last of them.
        """
        known = np.isfinite(outcome)
        learn: Flags = np.asarray(known.all(axis=-1))
        partly: Flags = np.asarray(known.any(axis=-1))
        if self._judged is None:
            learn[:1] = True
        for event in np.flatnonzero(partly & ~learn):
            last = np.flatnonzero(learn[:event])
            before = present[last[-1]] if last.size else self._judged
            if before is None:
                raise RuntimeError("of what is judged for the first time, all is learned")
            learn[event] = bool(np.all(known[event] | ~before))
        judged = present[np.flatnonzero(learn)[-1]].copy() if np.any(learn) else self._judged
        return learn, judged
