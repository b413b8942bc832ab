"""Online performance of the systems: learned from outcomes, the only loop of the fusion.

The decision that is to be judged waits in registers until its outcomes come. A squared difference
of two ranks is a table.
"""

from collections.abc import Sequence

from hydrophone_hdl.fusion.ranks import ranked
from hydrophone_hdl.hls.flags import any_of, counted
from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, lookup, select, total
from hydrophone_model.fixed import FLAG, Fixed
from hydrophone_model.fusion.performance import COEFFICIENT, LOSS, LOSS_FRACTION, PERFORMANCE


class DecisionMemory:
    """Decision memory: the last decision that learns, kept until its outcome is known.

    Args:
        systems: Number of systems.
        candidates: Number of candidates.
        rank: Format of twice a mean rank.
        which: Of so many groups of systems the one that an event is for; None of a single one.
        groups: How many there are.

    Attributes:
        half: Each system's half ranks.
        used: Whether each system was used.
        present: Who took part.
    """

    def __init__(
        self,
        systems: int,
        candidates: int,
        rank: Fixed,
        *,
        which: Number | None = None,
        groups: int = 1,
    ) -> None:
        self._which, self._groups = which, groups
        ranks = [rank] * (systems * candidates)
        self._ranks = self.state("fusion_ranks", [*ranks, *[FLAG] * systems])
        self._present = self.state("fusion_present", [FLAG] * candidates)
        now = self._ranks.read
        self.half = [now[k * candidates :][:candidates] for k in range(systems)]
        self.used = now[systems * candidates :]
        self.present = self._present.read

    def state(self, name: str, formats: Sequence[Fixed]) -> State:
        """More state of the same systems; zeros at first."""
        members = [(format, 0) for format in formats]
        return State(name, address=self._which, depth=self._groups, members=members)

    def write(
        self,
        learn: Number,
        half: Sequence[Sequence[Number]],
        used: Sequence[Number],
        present: Sequence[Number],
    ) -> None:
        """Remembers this decision in its place, if it learns."""
        for state, new in (
            (self._ranks, [*(rank for ranks in half for rank in ranks), *used]),
            (self._present, present),
        ):
            state.write(
                *(select(learn, one, old) for one, old in zip(new, state.read, strict=True))
            )


def performances(
    before: DecisionMemory, outcome: Sequence[Number], learn: Number, rate: int
) -> list[Number]:
    """Each system's performance, `PERFORMANCE`, the outcomes learned from.

    Args:
        before: The decision that they are the outcomes of.
        outcome: What became of the candidates, one each.
        learn: Whether the outcomes are given.
        rate: A new coefficient weighs 2**-rate.
    """
    truth = ranked(outcome, before.present).half
    count = counted(before.present)
    # Of n equal outcomes each shares the mean rank: n + 1 halves.
    unequal = any_of(
        [present & (half != count + 1) for present, half in zip(before.present, truth, strict=True)]
    )
    given = learn & unequal
    coefficient = lookup(LOSS[: len(outcome) + 1], count)
    performance = before.state("fusion_performance", [PERFORMANCE] * len(before.used))
    learned: list[Number] = []
    for old, half, used in zip(performance.read, before.half, before.used, strict=True):
        squares = total([_square(a - b) for a, b in zip(half, truth, strict=True)])
        gained = _gained(squares * coefficient)
        after = old + ((gained - old) >> rate)
        learned.append(select(given & used, after, old).wrap(PERFORMANCE))
    performance.write(*learned)
    return learned


def _gained(loss: Number) -> Number:
    """The coefficient that a loss leaves, at least -1, with the fraction of `PERFORMANCE`."""
    one = COEFFICIENT.one
    whole = loss.bits(LOSS_FRACTION, loss.width)
    bound = COEFFICIENT.fraction + 1
    limited = select(whole.bits(bound, whole.width).any(), 2 * one, whole.bits(0, bound))
    gained = (one - limited).wrap(Fixed(signed=True, integer=COEFFICIENT.width - 1))
    return gained.read_as(COEFFICIENT).cut(PERFORMANCE.fraction)


def _square(difference: Number) -> Number:
    """The square, from a table of all differences by their bits."""
    like = difference.format
    table = [int(like.wrap(raw)) ** 2 for raw in range(1 << like.width)]
    return lookup(table, difference.bits(0, like.width))
