"""Decision record: what memory holds of a decision, whoever writes it."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.combine import SIDE
from hydrophone_model.fusion.fusion import FusionParams


def decision_dtype(params: FusionParams) -> np.dtype[np.void]:
    """The record of one decision: the block's output ports, raw, the widest first.

    Fields are named after the ports, see `FusionParams.outputs`: ``performance`` int32 (systems,),
    ``fused_scores`` and ``fused_ranks`` uint16 (3, candidates), ``diversity`` uint16 (systems,),
    ``rank`` uint8 (candidates,), ``used`` bool (systems,), ``decided`` bool, ``best`` uint8.
    """
    systems, candidates = params.systems, params.candidates
    return np.dtype(
        [
            ("performance", np.int32, (systems,)),
            ("fused_scores", np.uint16, (SIDE, candidates)),
            ("fused_ranks", np.uint16, (SIDE, candidates)),
            ("diversity", np.uint16, (systems,)),
            ("rank", np.uint8, (candidates,)),
            ("used", np.bool_, (systems,)),
            ("decided", np.bool_),
            ("best", np.uint8),
        ],
        align=True,
    )


def write_decisions(outputs: Mapping[str, Raw], decisions: NDArray[np.void]) -> None:
    """Writes the output columns of the block into records, shape (decisions,)."""
    for name, column in outputs.items():
        field = decisions[name]
        field[...] = column.reshape(field.shape)
