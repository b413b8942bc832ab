"""Signal pipeline as one datapath, composed as `hydrophone_model.signals.signal_pipeline` is."""

from hydrophone_hdl.block import Datapath, Numbers
from hydrophone_hdl.fusion.folded import SIDE_BY_SIDE, folded
from hydrophone_hdl.fusion.fusion import Fusion
from hydrophone_hdl.signals.realised import Realised
from hydrophone_hdl.signals.signals import Signals
from hydrophone_model.errors import ConfigError
from hydrophone_model.signals.signal_pipeline import SignalPipelineParams
from hydrophone_model.signals.signals import PASSED


class SignalPipeline(Datapath):
    """Signals, what becomes of them, and the fusion.

    Raises:
        ConfigError: The fusion is too large to be worked out side by side.
    """

    params: SignalPipelineParams

    def __init__(self, params: SignalPipelineParams) -> None:
        super().__init__(params)
        if folded(params.fusion):
            systems, candidates = params.fusion.systems, params.fusion.candidates
            raise ConfigError(
                f"fusion.candidates = {candidates} is not allowed for a signal pipeline in "
                f"hardware: its fusion of {systems} x {candidates} is folded, and takes no event a "
                f"clock; use at most {SIDE_BY_SIDE // systems}, or the blocks signals, realised "
                "and fusion"
            )
        self._fusion = Fusion(params.fusion)

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
