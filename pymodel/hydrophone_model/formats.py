"""The fixed-point formats that blocks hand to one another.

A format that only one block uses lives in that block's parameters instead.
"""

from hydrophone_model.fixed import Fixed

TIME = Fixed(integer=63)
"""Nanoseconds since the epoch; the wire's 64th bit is zero until the year 2262."""
SIZE = Fixed(integer=32)
"""Lots."""
PRICE = Fixed(integer=32)
"""Ticks."""
CHANGE = Fixed(signed=True, integer=15)
"""Change of a symbol's price since its last print, ticks; saturates."""
PRICE_MOVE = Fixed(signed=True, integer=6)
"""Sign of a price change times the bit length of its ticks."""
SEQUENCE = Fixed(integer=63)
"""Number of an event in its stream."""
LOG = Fixed(integer=6, fraction=10)
"""log2 of a 32-bit size; that of the largest rounds up to 32."""
EVIDENCE = Fixed(integer=6, fraction=6)
"""One piece of evidence for a whale; non-negative, larger is stronger."""
FLOW = Fixed(signed=True, integer=7)
"""Signed log flow of a print in half octaves, see `hydrophone_model.flow`."""
WEIGHT = Fixed(integer=2, fraction=6)
"""Weight of a piece of evidence in a score head."""
HEAD = Fixed(integer=10, fraction=6)
"""Value of a score head before it becomes a tail probability."""
TAIL = Fixed(integer=5, fraction=6)
"""-log2 of a tail probability."""
SCORE = Fixed(signed=True, integer=7, fraction=8)
"""What a scoring system gives a candidate; larger is better."""
MISSING = SCORE.min
"""The raw `SCORE` of a candidate that a system has no score for."""
