"""The whale pipeline as one datapath, composed as `hydrophone_model.whale.pipeline` composes it."""

from amaranth.hdl import Cat, Value

from hydrophone_hdl.block import Controls, Datapath, Wires
from hydrophone_hdl.dsp.log2 import log2
from hydrophone_hdl.pipe import Pipe, Wire
from hydrophone_hdl.whale.alert import Alert
from hydrophone_hdl.whale.parent import Parent
from hydrophone_hdl.whale.pattern import Pattern
from hydrophone_hdl.whale.score import Score
from hydrophone_hdl.whale.volume import Volume
from hydrophone_model.records import ResultFlag
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
        self.milestones: dict[str, int] = {}
        """Clock on which each block's last output is there, once the pipeline was laid."""

    @property
    def controls(self) -> Controls:
        """Those of all blocks."""
        return {**self._parent.controls, **self._score.controls, **self._alert.controls}

    def build(self, pipe: Pipe, inputs: Wires) -> Wires:
        """Members of the result record."""
        symbol, side = inputs["symbol"], inputs["side"]
        event = {name: inputs[name] for name in self.params.parent.inputs}
        parent = self._passed("parent", self._parent.build(pipe, event))
        size = [log2(pipe, inputs["size"][0])]
        volume = self._passed(
            "volume",
            self._volume.build(
                pipe,
                {
                    "symbol": symbol,
                    "size": inputs["size"],
                    "parent_size": parent["parent_size"],
                    "print": size,
                    "parent": [log2(pipe, parent["parent_size"][0])],
                    "closed": parent["closed"],
                },
            ),
        )
        pattern = self._passed(
            "pattern",
            self._pattern.build(
                pipe,
                {
                    "symbol": symbol,
                    "price": inputs["price"],
                    "size": inputs["size"],
                    "side": side,
                    "joined": parent["joined"],
                    "move": parent["move"],
                    "print": size,
                    "above_print": volume["above_print"],
                },
            ),
        )
        evidence = self._evidence(volume, pattern)
        heads = self._passed(
            "score", self._score.build(pipe, {"symbol": symbol, "evidence": evidence})
        )["heads"]
        alert = self._passed(
            "alert",
            self._alert.build(
                pipe,
                {"symbol": symbol, "side": side, "joined": parent["joined"], "heads": heads},
            ),
        )
        flags = pipe.logic(
            _flags, alert["alert"][0], alert["episode"][0], parent["joined"][0], parent["late"][0]
        )
        passed = {name: inputs[name] for name in ("time_ns", "sequence", "price", "symbol", "side")}
        return {
            **passed,
            "parent_size": parent["parent_size"],
            "kind": alert["kind"],
            "score": alert["score"],
            "flags": [flags],
            "heads": heads,
        }

    def _passed(self, name: str, outputs: Wires) -> Wires:
        self.milestones[name] = Pipe.latest(*(w for wires in outputs.values() for w in wires))
        return outputs

    @staticmethod
    def _evidence(volume: Wires, pattern: Wires) -> list[Wire]:
        """Evidence in the order of `Evidence`."""
        found: dict[Evidence, Wire] = {
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


def _flags(alert: Value, episode: Value, joined: Value, late: Value) -> Value:
    bits = {
        ResultFlag.ALERT: alert,
        ResultFlag.EPISODE: episode,
        ResultFlag.JOINED: joined,
        ResultFlag.LATE: late,
    }
    return Cat(*(bits[flag] for flag in ResultFlag))
