"""Random score tables in which everything that is defined specially happens often."""

import numpy as np

from hydrophone_model.fixed import Raw
from hydrophone_model.formats import MISSING, SCORE
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.fusion.performance import OUTCOME


def tables(params: FusionParams, rng: np.random.Generator, decisions: int) -> dict[str, Raw]:
    """Inputs of the fusion: wide and narrow scores, ties, copies, gaps, absent candidates."""
    shape = (decisions, params.systems, params.candidates)
    spread = 2.0 ** rng.uniform(0, 15, (decisions, params.systems, 1))
    scores = rng.normal(0, 1, shape) * spread
    # A system whose scores fall off at its own pace differs in its rank-score function.
    scores = (
        np.sign(scores)
        * np.abs(scores / spread) ** rng.choice([0.3, 1, 3], shape[:2])[..., None]
        * spread
    )
    scores = np.clip(np.rint(scores), SCORE.min + 1, SCORE.max).astype(np.int64)
    chance = rng.random((decisions, params.systems))
    scores[chance < 0.05] //= 4096
    scores[chance > 0.97] = 7
    copied = rng.random(decisions) < 0.05
    scores[copied] = scores[copied][:, :1]
    scores[rng.random(decisions) < 0.02] = -5
    scores[rng.random(shape) < 0.2 / params.candidates] = MISSING
    corner = rng.random(shape) < 0.2 / params.candidates
    scores[corner] = rng.choice([SCORE.min + 1, SCORE.max], int(corner.sum()))
    present = rng.random((decisions, params.candidates)) < rng.choice(
        [0.1, 0.8, 1.0], (decisions, 1), p=[0.1, 0.3, 0.6]
    )
    outcome = np.rint(rng.normal(0, 3, (decisions, params.candidates)) * 2.0 ** rng.integers(0, 8))
    # Outcomes that some systems have foreseen, others feared.
    foreseen = rng.normal(0.3, 0.5, params.systems) @ (scores / spread).astype(np.float64)
    outcome[1:] += 5 * foreseen[:-1]
    outcome[rng.random(decisions) < 0.05] = 1
    return {
        "scores": scores.reshape(decisions, -1),
        "present": present.astype(np.int64),
        "outcome": np.clip(outcome, OUTCOME.min, OUTCOME.max).astype(np.int64),
        "learn": (rng.random(decisions) < 0.8).astype(np.int64),
    }
