"""Whale pipeline as one datapath, composed as `hydrophone_model.whale.pipeline` is."""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.hls.number import Number, join, select
from hydrophone_hdl.whale.alert import Alert
from hydrophone_hdl.whale.parent import Parent
from hydrophone_hdl.whale.pattern import Pattern
from hydrophone_hdl.whale.score import Score
from hydrophone_hdl.whale.volume import Volume
from hydrophone_model.records import RESULT, ResultFlag
from hydrophone_model.whale.pipeline import PipelineParams
from hydrophone_model.whale.score import Evidence


class Pipeline(Datapath):
    """The whole pipeline: market event in, result out."""

    params: PipelineParams

    def __init__(self, params: PipelineParams) -> None:
        super().__init__(params)
        self._parent, self._volume = Parent(params.parent), Volume(params.volume)
        self._pattern, self._score = Pattern(params.pattern), Score(params.score)
        self._alert = Alert(params.alert)

    def build(self, inputs: Numbers) -> Numbers:
        """Members of the result record; and ``loud``, which the early outputs tell beforehand."""
        symbol, side = inputs["symbol"], inputs["side"]
        parent = self._parent.build({name: inputs[name] for name in self.params.parent.inputs})
        size = [log2(inputs["size"][0])]
        volume = self._volume.build(
            {
                "symbol": symbol,
                "size": inputs["size"],
                "parent_size": parent["parent_size"],
                "print": size,
                "parent": [log2(parent["parent_size"][0])],
                "closed": parent["closed"],
            }
        )
        pattern = self._pattern.build(
            {
                "symbol": symbol,
                "price": inputs["price"],
                "size": inputs["size"],
                "side": side,
                "joined": parent["joined"],
                "move": parent["move"],
                "print": size,
                "above_print": volume["above_print"],
            }
        )
        evidence = _evidence(volume, pattern)
        heads = self._score.build({"symbol": symbol, "evidence": evidence})["heads"]
        alert = self._alert.build(
            {"symbol": symbol, "side": side, "joined": parent["joined"], "heads": heads}
        )
        flags = {
            ResultFlag.ALERT: alert["alert"],
            ResultFlag.EPISODE: alert["episode"],
            ResultFlag.JOINED: parent["joined"],
            ResultFlag.LATE: parent["late"],
            ResultFlag.LOUD: volume["loud"],
        }
        passed = {name: inputs[name] for name in RESULT.echoed}
        return {
            **passed,
            "parent_size": parent["parent_size"],
            "kind": alert["kind"],
            "score": alert["score"],
            "flags": [join(*(flags[flag][0] for flag in ResultFlag))],
            "heads": heads,
            "loud": [_loud(parent, inputs["size"][0], volume["first_loud"][0])],
        }


def _loud(parent: Numbers, size: Number, first: Number) -> Number:
    """Whether the running parent is loud, whichever way it goes on compared at once."""
    (joined,), (grown,) = parent["joined"], parent["grown"]
    return select(joined, grown >= first, size >= first)


def _evidence(volume: Numbers, pattern: Numbers) -> list[Number]:
    """Evidence in the order of `Evidence`."""
    found: dict[Evidence, Number] = {
        Evidence.PRINT: volume["above_print"][0],
        Evidence.PARENT: volume["above_parent"][0],
        Evidence.WINDOW: volume["z_window"][0],
        Evidence.SURPRISE: pattern["surprise"][0],
        Evidence.ORDER: pattern["order"][0],
        Evidence.PERSISTENCE: pattern["persistence"][0],
        Evidence.IMPACT: pattern["impact"][0],
    }
    matches = list(Evidence)[Evidence.MATCH_BLOCK :]
    found.update(zip(matches, pattern["match"], strict=True))
    return [found[term] for term in Evidence]
