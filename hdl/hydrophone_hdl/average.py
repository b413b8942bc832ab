"""Exponential averages per symbol, of `hydrophone_model.average`."""

from hydrophone_hdl.hls.memory import State
from hydrophone_hdl.hls.number import Number, leading_one, number, select
from hydrophone_model.fixed import Fixed


class ExponentialAverage:
    """An average of each symbol, into which an event takes one value.

    The loop holds the mean's negative: its share falls away rounded up, as a shift rounds down.

    Args:
        name: Of its memories.
        symbol: Whose average.
        value: Whose average.
        symbols: Number of symbols.
        memory: The slowest rate is 2**-memory; the mean has as many fraction bits more.
        enable: Whether the event has a value; always unless given.

    Attributes:
        before: Mean, and number of values up to 2**memory - 1, as the event finds them.
        after: Both with the event's value.
    """

    def __init__(
        self,
        name: str,
        symbol: Number,
        value: Number,
        *,
        symbols: int,
        memory: int,
        enable: Number | None = None,
    ) -> None:
        enable = number(1) if enable is None else enable
        like = value.format
        mean = Fixed(signed=like.signed, integer=like.integer, fraction=like.fraction + memory)
        format = Fixed.spanning(-mean.max, max(-mean.min, 0), fraction=mean.fraction)
        counts = State(
            f"{name}_count", address=symbol, depth=symbols, members=[(Fixed(integer=memory), 0)]
        )
        (count,) = counts.read
        more = (count + (enable & ~count.all())).wrap(count.format)
        counts.write(more)
        rate = leading_one(count + 1)
        rise = select(enable, value.cut(mean.fraction) >> rate, 0)
        means = State(f"{name}_mean", address=symbol, depth=symbols, members=[(format, 0)])
        (owed,) = means.read
        after = ((owed - rise) - select(enable, owed >> rate, 0)).wrap(format)
        means.write(after)
        self.before = (-owed).wrap(mean), count
        self.after = (-after).wrap(mean), more

    @property
    def settled(self) -> Number:
        """Whether the rate has reached its slowest with the event's value."""
        return self.after[1].all()
