"""Alerts: thresholds of the class and episodes of the symbol move in one loop."""

from functools import partial

from amaranth.hdl import Cat, Const, Mux, Value

from hydrophone_hdl.arith import tree
from hydrophone_hdl.block import Controls, Datapath, Wires
from hydrophone_hdl.fixed import positive, saturate
from hydrophone_hdl.pipe import Pipe
from hydrophone_model.fixed import Fixed
from hydrophone_model.formats import TAIL
from hydrophone_model.whale.alert import FALL, HOLD, KIND, THRESHOLD, AlertParams

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
        (symbol,), (side,), heads = inputs["symbol"], inputs["side"], inputs["heads"]
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
            pipe.logic(lambda x, level: x - level.shift_right(DOWN), head, level)
            for head, level in zip(heads, levels.now, strict=True)
        ]
        fires = [
            pipe.logic(lambda m, f=fall: (m >= 0) & f.any(), margin)
            for margin, fall in zip(margins, falls, strict=True)
        ]
        lives = [
            pipe.logic(lambda m, f=fall: (m + hysteresis >= 0) & f.any(), margin)
            for margin, fall in zip(margins, falls, strict=True)
        ]
        buying, selling = holds.now
        is_open = pipe.logic(
            lambda buy, sell, sells: Mux(sells, sell.any(), buy.any()), buying, selling, side
        )
        alert = pipe.logic(lambda was, fires: fires & ~was, is_open, pipe.logic_of(_any, fires))
        levels.learn(
            *(
                pipe.logic(partial(_moved, fall=fall, lift=lift), level, alert, fire)
                for level, fall, fire in zip(levels.now, falls, fires, strict=True)
            )
        )
        extended = pipe.logic(
            lambda opens, was, alive: opens | (was & alive),
            alert,
            is_open,
            pipe.logic_of(_any, lives),
        )
        holds.learn(
            *(
                pipe.logic(
                    partial(_counted, own=own, hold=hold),
                    left,
                    side,
                    extended,
                )
                for own, left in enumerate(holds.now)
            )
        )
        loudest = pipe.stage_of(partial(_argmax, pipe), heads)
        cries = [
            pipe.stage(lambda m, f: Mux(f, m, -TAIL.max - 1), m, f)
            for m, f in zip(margins, fires, strict=True)
        ]
        opened, open_now = pipe.stages(lambda a, was: (a, a | was), alert, is_open)
        kind = pipe.stage(
            lambda opens, cry, best: Mux(opens, cry[: KIND.width], best[: KIND.width]),
            opened,
            pipe.logic_of(partial(_argmax, pipe), cries),
            loudest,
        )
        score = pipe.logic(lambda x: x[KIND.width :], loudest)
        return {"alert": [opened], "episode": [open_now], "kind": [kind], "score": [score]}


def _any(bits: list[Value]) -> Value:
    return tree(bits, lambda a, b: a | b)


def _argmax(pipe: Pipe, values: list[Value]) -> Value:
    """The first place of the greatest value, and above it the value itself."""
    width = KIND.width

    def better(a: tuple[Value, Value], b: tuple[Value, Value]) -> tuple[Value, Value]:
        takes = pipe.let(b[1] > a[1])
        return pipe.let(Mux(takes, b[0], a[0])), pipe.let(Mux(takes, b[1], a[1]))

    entries = [(Const(place, width), value) for place, value in enumerate(values)]
    place, value = tree(entries, better)
    return Cat(place, value)


def _counted(left: Value, sells: Value, extended: Value, *, own: int, hold: Value) -> Value:
    """Events that the episode of the side ``own`` has left after an event."""
    fewer = Mux(left.any(), left - 1, 0)[: HOLD.width]
    return Mux((sells == own) & extended, hold, fewer)


def _moved(level: Value, alert: Value, fire: Value, *, fall: Value, lift: Value) -> Value:
    """A threshold after an event."""
    lower = positive(level - fall)
    higher = saturate(positive(level + lift - fall), THRESHOLD)
    return Mux(alert & fire, higher, lower)
