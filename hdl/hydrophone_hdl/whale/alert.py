"""Alerts: thresholds of the class and episodes of the symbol move in one loop."""

from functools import partial

from amaranth.hdl import Cat, Const, Mux, Value

from hydrophone_hdl.arith import tree
from hydrophone_hdl.block import Controls, Datapath, Wires
from hydrophone_hdl.fixed import positive, saturate
from hydrophone_hdl.pipe import Pipe
from hydrophone_model.fixed import Fixed
from hydrophone_model.formats import TAIL
from hydrophone_model.whale.alert import FALL, HOLD, KIND, SILENT, THRESHOLD, AlertParams

LIFT = Fixed(integer=THRESHOLD.fraction + 1)
DOWN = THRESHOLD.fraction - TAIL.fraction


class Alert(Datapath):
    """The alert block."""

    params: AlertParams

    @property
    def controls(self) -> Controls:
        """Budget and episode settings."""
        params = self.params
        return {
            "lift": (LIFT, (params.lift,)),
            "hold": (HOLD, (params.hold,)),
            "hysteresis": (TAIL, (params.hysteresis,)),
            "falls": (FALL, params.falls),
            "first_thresholds": (THRESHOLD, params.first_thresholds),
        }

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """``alert``, ``episode``, ``kind`` and ``score`` of each event."""
        params = self.params
        (symbol,), (side,), (joined,) = inputs["symbol"], inputs["side"], inputs["joined"]
        heads = inputs["heads"]
        (lift,), (hold,) = pipe.control("lift"), pipe.control("hold")
        (hysteresis,), falls = pipe.control("hysteresis"), pipe.control("falls")
        start = pipe.latest(*heads)
        group = pipe.logic(lambda s: s & (params.classes - 1), symbol)
        levels = pipe.recall(
            "thresholds",
            address=group,
            depth=params.classes,
            reset=pipe.control("first_thresholds"),
            time=start,
        )
        holds = pipe.recall(
            "holds",
            address=symbol,
            depth=params.symbols,
            reset=[Const(0, HOLD.width), Const(0, HOLD.width)],
            time=start,
        )
        margins = [
            pipe.logic(
                lambda x, level, f=fall: Mux(f.any(), x - level.shift_right(DOWN), SILENT),
                head,
                level,
            )
            for head, level, fall in zip(heads, levels.now, falls, strict=True)
        ]
        # Place and margin of the head furthest above its threshold; it decides for all.
        first = pipe.logic_of(partial(_argmax, pipe), margins)
        fires = pipe.logic(lambda f: ~f[-1], first)
        lives = pipe.logic(lambda f: f[KIND.width :].as_signed() + hysteresis >= 0, first)
        buying, selling = holds.now
        is_open = pipe.logic(
            lambda buy, sell, sells: Mux(sells, sell.any(), buy.any()), buying, selling, side
        )
        alert = pipe.logic(lambda was, fire: fire & ~was, is_open, fires)
        levels.learn(
            *(
                pipe.logic(partial(_moved, head=place, fall=fall, lift=lift), level, alert, first)
                for place, (level, fall) in enumerate(zip(levels.now, falls, strict=True))
            )
        )
        extended = pipe.logic(
            lambda opens, was, alive: opens | (was & alive),
            alert,
            is_open,
            lives,
        )
        holds.learn(
            *(
                pipe.logic(
                    partial(_counted, own=own, hold=hold),
                    left,
                    side,
                    joined,
                    extended,
                )
                for own, left in enumerate(holds.now)
            )
        )
        loudest = pipe.stage_of(partial(_argmax, pipe), heads)
        opened, open_now = pipe.stages(lambda a, was: (a, a | was), alert, is_open)
        cry = pipe.stage(lambda f: f[: KIND.width], first)
        kind = pipe.logic(lambda a, c, x: Mux(a, c, x[: KIND.width]), opened, cry, loudest)
        score = pipe.logic(lambda x: x[KIND.width :], loudest)
        return {"alert": [opened], "episode": [open_now], "kind": [kind], "score": [score]}


def _argmax(pipe: Pipe, values: list[Value]) -> Value:
    """The first place of the greatest value, and above it the value itself."""
    width = KIND.width

    def better(a: tuple[Value, Value], b: tuple[Value, Value]) -> tuple[Value, Value]:
        takes = pipe.let(b[1] > a[1])
        return pipe.let(Mux(takes, b[0], a[0])), pipe.let(Mux(takes, b[1], a[1]))

    entries = [(Const(place, width), value) for place, value in enumerate(values)]
    place, value = tree(entries, better)
    return Cat(place, value)


def _counted(
    left: Value, sells: Value, joined: Value, extended: Value, *, own: int, hold: Value
) -> Value:
    """Events that the episode of the side ``own`` has left after an event."""
    mine = sells == own
    fewer = (left - (left.any() & ~(mine & joined)))[: HOLD.width]
    return Mux(mine & extended, hold, fewer)


def _moved(
    level: Value, alert: Value, first: Value, *, head: int, fall: Value, lift: Value
) -> Value:
    """A threshold after an event; ``first`` begins with the place of the head to charge."""
    lower = positive(level - fall)
    higher = saturate(positive(level + lift - fall), THRESHOLD)
    return Mux(alert & (first[: KIND.width] == head), higher, lower)
