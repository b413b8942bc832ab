"""Alert thresholds of a class and alert episodes of a symbol, updated in one loop.

The loop is one because each decides for the other. It holds the heads' margins, all comparisons
between them side by side, and choices between outcomes that were worked out meanwhile.
"""

from collections.abc import Sequence

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, choose, join, select, tree
from hydrophone_hdl.whale.score import class_of
from hydrophone_model.fixed import Fixed
from hydrophone_model.formats import TAIL
from hydrophone_model.whale.alert import HOLD, KIND, THRESHOLD, AlertParams

SILENT = -(1 << TAIL.integer)
"""Score of a head that may not fire: below any threshold, and its margin below any other's."""


class Alert(Datapath):
    """The alert block."""

    params: AlertParams

    def build(self, inputs: Numbers) -> Numbers:
        """``alert``, ``episode``, ``kind`` and ``score`` of each event."""
        params = self.params
        (symbol,), (side,), (joined,) = inputs["symbol"], inputs["side"], inputs["joined"]
        heads = inputs["heads"]
        (lift,), (hysteresis,) = self.control("lift"), self.control("hysteresis")
        falls = self.control("falls")
        thresholds = State(
            "thresholds",
            address=class_of(symbol, params.classes),
            depth=params.classes,
            members=[(THRESHOLD, first) for first in self.control("first_thresholds")],
        )
        holds = State("holds", address=symbol, depth=params.symbols, members=[(HOLD, 0), (HOLD, 0)])
        levels = [level.cut(TAIL.fraction) for level in thresholds.read]
        able = [select(fall.any(), x, SILENT) for x, fall in zip(heads, falls, strict=True)]
        margins = [x - level for x, level in zip(able, levels, strict=True)]
        fires = _any([~margin.negative for margin in margins])
        lives = _any([x + hysteresis >= level for x, level in zip(able, levels, strict=True)])
        # The head furthest above its threshold decides for all.
        first = _first_largest(margins)
        was_open = select(side, holds.read[1].any(), holds.read[0].any())
        alert = fires & ~was_open
        thresholds.write(
            *(
                _moved(level, _steps(fall), _steps(lift), alert & charged)
                for level, fall, charged in zip(thresholds.read, falls, first, strict=True)
            )
        )
        extended = alert | (was_open & lives)
        buying, selling = holds.read
        holds.write(
            self._held(buying, ~side, joined, extended),
            self._held(selling, side, joined, extended),
        )
        loudest = _index(_first_largest(heads))
        return {
            "alert": [alert],
            "episode": [alert | was_open],
            "kind": [select(alert, _index(first), loudest)],
            "score": [choose(loudest, heads)],
        }

    def _held(self, left: Number, mine: Number, joined: Number, extended: Number) -> Number:
        """Events that the episode of a side has left after one."""
        (hold,) = self.control("hold")
        fewer = (left - (left.any() & ~(mine & joined))).wrap(HOLD)
        return select(mine & extended, hold, fewer)


def _steps(raw: Number) -> Number:
    """Raw steps of a threshold as a value."""
    return raw.read_as(Fixed(integer=raw.width - THRESHOLD.fraction, fraction=THRESHOLD.fraction))


def _moved(level: Number, fall: Number, lift: Number, charged: Number) -> Number:
    """A threshold after an event."""
    lowered = level - fall
    return select(charged, (lowered + lift).to(THRESHOLD), lowered.to(THRESHOLD))


def _any(flags: list[Number]) -> Number:
    return join(*flags).any()


def _first_largest(values: Sequence[Number]) -> list[Number]:
    """Of each value, whether it is the first of the greatest; all pairs are compared at once."""
    places = range(len(values))
    beaten = {(i, j): values[i] < values[j] for j in places for i in range(j)}
    return [
        tree(
            [~beaten[place, later] for later in places[place + 1 :]]
            + [beaten[earlier, place] for earlier in places[:place]],
            lambda a, b: a & b,
        )
        for place in places
    ]


def _index(flags: list[Number]) -> Number:
    """The place of the one flag that is set."""
    return join(
        *(
            _any([flag for place, flag in enumerate(flags) if place >> bit & 1])
            for bit in range(KIND.width)
        )
    )
