"""Signed flow of a print and evidence of size entropy: the hardware of `hydrophone_model.flow`."""

from hydrophone_hdl.block import Numbers
from hydrophone_hdl.hls.number import Number, join, leading_one, number, select
from hydrophone_model.dsp.entropy import EntropyParams
from hydrophone_model.flow import FLOW_OFFSET, HALF_OCTAVE
from hydrophone_model.formats import EVIDENCE, FLOW, LOG, PRICE_MOVE


def order_evidence(entropy: Numbers, params: EntropyParams) -> Number:
    """Bits that the size entropy lies below its maximum; 0 until its window is full."""
    most = min(params.bin.integer, params.window.bit_length() - 1)
    (bits,), (full,) = entropy["entropy"], entropy["full"]
    return select(full, (most - bits).to(EVIDENCE), 0)


def signed_flow(size: Number, side: Number) -> Number:
    """Flow of a print from its log2 size, in half octaves, and its side."""
    halves = size.cut(LOG.fraction - HALF_OCTAVE).raw
    return select(side, -FLOW_OFFSET - halves, FLOW_OFFSET + halves).wrap(FLOW)


def signed_length(negative: Number, magnitude: Number) -> Number:
    """Bit length of a magnitude, with a sign."""
    # With a one put below it, the place of the leading one is the length.
    length = leading_one(join(number(1), magnitude))
    return select(negative, -length, length).wrap(PRICE_MOVE)
