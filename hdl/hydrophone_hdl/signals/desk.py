"""The desk as one datapath, composed as `hydrophone_model.signals.desk` composes it."""

from hydrophone_hdl.block import Controls, Datapath, Numbers
from hydrophone_hdl.fusion.fusion import Fusion
from hydrophone_hdl.signals.realised import Realised
from hydrophone_hdl.signals.signals import Signals
from hydrophone_model.signals.desk import DeskParams
from hydrophone_model.signals.signals import PASSED


class Desk(Datapath):
    """Signals, what becomes of them, and the fusion."""

    params: DeskParams

    def __init__(self, params: DeskParams) -> None:
        super().__init__(params)
        self._fusion = Fusion(params.fusion)

    @property
    def controls(self) -> Controls:
        """The fusion's."""
        return self._fusion.controls

    def build(self, inputs: Numbers) -> Numbers:
        """Whose event it is, and the decision."""
        params = self.params
        signals = Signals(params.signals).build(inputs)
        realised = Realised(params.realised).build(
            {name: inputs[name] for name in params.realised.inputs}
        )
        given = {name: signals[name] for name in ("scores", "present")}
        return {
            **{name: inputs[name] for name in PASSED},
            **self._fusion.build({**given, **realised}),
        }
