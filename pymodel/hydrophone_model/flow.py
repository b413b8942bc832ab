"""Signed flow of a print and evidence of size entropy: what whale detection and signals share."""

import numpy as np

from hydrophone_model.dsp.entropy import ENTROPY, EntropyParams
from hydrophone_model.errors import ensure
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import EVIDENCE, FLOW, LOG, SIZE

HALF_OCTAVE = LOG.fraction - 1
FLOW_OFFSET = 2


def signed_flow(log_size: Raw, side: Raw) -> Raw:
    """Signed flow of prints, from their log2 size and aggressor side.

    It is the side's sign times ``2 + floor(2 log2 size)``: half octaves, so that a print of one
    lot still counts.

    Steps:
        ``FLOW_OFFSET + (log_size >> HALF_OCTAVE)``, and its negative where ``side`` is 1.
    """
    magnitude = FLOW_OFFSET + (log_size >> HALF_OCTAVE)
    return np.where(side != 0, -magnitude, magnitude)


def order_evidence(entropy: Raw, full: Raw, params: EntropyParams) -> Raw:
    """Bits that the size entropy lies below its maximum; 0 until the window is full.

    Steps:
        0 where the entropy's ``full`` is 0. Else ``most`` is the smaller of ``log2(bins)`` and
        ``log2(window)``, both whole, ``<< ENTROPY.fraction``, and the result
        ``max(most - entropy, 0) >> (ENTROPY.fraction - EVIDENCE.fraction)``.
    """
    most = min(params.bin.integer, params.window.bit_length() - 1) << ENTROPY.fraction
    below = np.maximum(most - entropy, 0) >> (ENTROPY.fraction - EVIDENCE.fraction)
    return np.where(full != 0, below, 0)


ensure(
    FLOW.max >= FLOW_OFFSET + (SIZE.width << (LOG.fraction - HALF_OCTAVE)),
    "the largest size has a flow",
)
