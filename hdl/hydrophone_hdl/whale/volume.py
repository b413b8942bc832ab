"""Volume analysis: two exponential averages and one sliding window, side by side.

A memory's loop finds its rate, and what the new size adds, worked out; the window's loops take in
a difference that was made before, and the sum need not wait for the squares.

What the parents' memory says goes into a ring for the event ``lag`` behind, together with the
smallest size that it makes loud. So that event needs one look-up and one comparison to know.
"""

from dataclasses import dataclass

import numpy as np

from hydrophone_hdl.average import ExponentialAverage
from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.antilog import antilog
from hydrophone_hdl.dsp.exp2 import exp2
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import (
    Number,
    constant,
    largest,
    lookup,
    select,
    unsigned,
)
from hydrophone_hdl.window import Window, running
from hydrophone_model.dsp import log2 as model
from hydrophone_model.fixed import Fixed
from hydrophone_model.formats import LOG, SIZE
from hydrophone_model.whale.volume import DEVIATIONS, OCTAVES, REFERENCE, VolumeParams

FIRST_LOUD = Fixed(integer=SIZE.integer + 1)
"""The smallest size of a loud parent; the largest stands for none, no sum of two sizes is it."""


@dataclass(frozen=True)
class LaggedReference:
    """Reference of the event ``lag`` before, and what it makes loud.

    Attributes:
        reference: What its parent is measured against, `REFERENCE`.
        loud: Octaves above it that make a parent loud, 0 for none.
        first_loud: Both in one: the smallest parent that is loud, `FIRST_LOUD`.
    """

    reference: Number
    loud: Number
    first_loud: Number


class Volume(Datapath):
    """The volume block."""

    params: VolumeParams

    def build(self, inputs: Numbers) -> Numbers:
        """``above_print``, ``above_parent``, ``z_window``, ``loud``; and ``first_loud``.

        The last is the smallest size of the running parent that is loud, long before ``loud``.
        """
        depth = self.params.symbols
        (symbol,), (closed,) = inputs["symbol"], inputs["closed"]
        (size,), (parent_size,) = inputs["size"], inputs["parent_size"]
        (log_print,), (log_parent,) = inputs["print"], inputs["parent"]
        last_size = State("last_parent_size", address=symbol, depth=depth, members=[(SIZE, 0)])
        last_log = State("last_parent", address=symbol, depth=depth, members=[(LOG, 0)])
        last_size.write(parent_size)
        last_log.write(log_parent)
        prints = ExponentialAverage("print", symbol, size, symbols=depth, memory=self.params.memory)
        parents = ExponentialAverage(
            "parent",
            symbol,
            last_size.read[0],
            symbols=depth,
            memory=self.params.memory,
            enable=closed,
        )
        lagged = self._lagged_reference(symbol, self._reference(*parents.after))
        above_parent = (log_parent - lagged.reference).to(OCTAVES)
        return {
            "above_print": [(log_print - self._reference(*prints.before)).to(OCTAVES)],
            "above_parent": [above_parent],
            "z_window": [self._window(symbol, log_parent, last_log.read[0], closed)],
            "loud": [lagged.loud.any() & (above_parent >= lagged.loud)],
            "first_loud": [lagged.first_loud],
        }

    def _lagged_reference(self, symbol: Number, reference: Number) -> LaggedReference:
        """Delay line of ``lag`` events: takes in this event's reference and gives the oldest."""
        params = self.params
        (loud,) = self.control("loud")
        first = antilog(reference + loud, FIRST_LOUD)
        none = first.bit(SIZE.width) | ~loud.any()
        ring = Window(
            "volume_left",
            symbol,
            reference,
            loud,
            select(none, FIRST_LOUD.max, first),
            symbols=params.symbols,
            length=params.lag,
        )
        oldest, oldest_loud, oldest_first = ring.oldest
        return LaggedReference(
            reference=select(ring.leaves, oldest, constant(REFERENCE.max, REFERENCE)),
            loud=select(ring.leaves, oldest_loud, 0),
            first_loud=select(ring.leaves, oldest_first, FIRST_LOUD.max),
        )

    def _reference(self, mean: Number, count: Number) -> Number:
        """Reference of an exponential average: log2 of half its mean."""
        half = (log2(mean) - (self.params.memory + 1)).wrap(REFERENCE)
        return select(count >= self.params.minimum, half, constant(REFERENCE.max, REFERENCE))

    def _window(self, symbol: Number, parent: Number, closing: Number, closed: Number) -> Number:
        """Deviations of the running parent above the mean of the window of closed ones."""
        params = self.params
        depth = params.symbols
        window = Window("volume", symbol, closing, symbols=depth, length=params.window, push=closed)
        (oldest,) = window.gone
        # Where no parent closed nothing leaves either, and both changes are zero.
        change = select(closed, closing - oldest, 0)
        n, enough, least = self._filled(window)
        s = running("volume_sum", symbol, depth, LOG.sum_of(params.window), change)
        q = running(
            "volume_squares",
            symbol,
            depth,
            LOG.product(LOG).sum_of(params.window),
            change * (closing + oldest),
        )
        above = parent * n - s
        variance = q * n - s * s
        # Neither is below zero where it counts, and the larger of two logarithms is as good as
        # the logarithm of the larger number.
        deviation = largest([log2(unsigned(variance)), least]) >> 1
        z = exp2(log2(unsigned(above)) - deviation, DEVIATIONS)
        known = enough & above.any() & ~above.negative
        return select(known, z, 0)

    def _filled(self, window: Window) -> tuple[Number | int, Number, Number]:
        """Values in the window, whether they are enough, and log2 of the least variance.

        Where nothing is unusual before the window is full, it counts as full: a shift for a
        product.
        """
        params = self.params
        counts = np.arange(params.window + 1)
        logs = model.log2((counts * counts) << (2 * (LOG.fraction - params.floor))).tolist()
        enough = window.count >= params.minimum
        like = Fixed.spanning(0, max(logs), fraction=LOG.fraction)
        if params.minimum == params.window:
            return params.window, enough, constant(logs[-1], like)
        return window.count, enough, lookup(logs, window.count).read_as(like)
