"""Array types of the device protocols: events in, results and decisions out."""

import numpy as np
from numpy.typing import NDArray

Events = NDArray[np.void]
"""Market events, dtype `hydrophone_model.records.EVENT`."""
Results = NDArray[np.void]
"""Results, dtype `hydrophone_model.records.RESULT`."""
Decisions = NDArray[np.void]
"""Decisions, dtype `hydrophone_model.fusion.decision.decision_dtype`."""
