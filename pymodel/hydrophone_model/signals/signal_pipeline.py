"""Signal pipeline: from events and their whale scores to a ranking of the candidates.

    event, whale score -+-> signals ---> scores, present -+-> fusion -> decision
                        +-> realised --> outcome, learn --+

Every print is a decision. What the systems' scores were worth is settled every horizon: the fusion
judges the ranks of the settlement's decision by the returns up to the next one, which nobody knew
when they were given.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from hydrophone_model.block import Model, Params, Ports
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import Raw
from hydrophone_model.fusion.fusion import FusionModel, FusionParams
from hydrophone_model.signals.realised import RealisedModel, RealisedParams
from hydrophone_model.signals.signals import PASSED, SignalsModel, SignalsParams, System


@dataclass(frozen=True, kw_only=True)
class SignalPipelineParams(Params):
    """Parameters of the signals, of what becomes of them, and of the fusion.

    Raises:
        ConfigError: They disagree about the timing, the symbols or the candidates, or the fusion
            is not of the signals' systems.
    """

    name: ClassVar[str] = "signal_pipeline"
    signals: SignalsParams = field(default_factory=SignalsParams)
    realised: RealisedParams = field(default_factory=RealisedParams)
    fusion: FusionParams = field(default_factory=FusionParams)

    def __post_init__(self) -> None:
        super().__post_init__()
        signals, realised, fusion = self.signals, self.realised, self.fusion
        for what, own, wanted in (
            ("realised.symbols", realised.symbols, signals.symbols),
            ("realised.candidates", realised.candidates, signals.candidates),
            ("fusion.candidates", fusion.candidates, signals.candidates),
            ("fusion.systems", fusion.systems, len(System)),
        ):
            if own != wanted:
                raise ConfigError(
                    f"{what} = {own} is not allowed: use {wanted}, as the signals have"
                )

    @property
    def symbols(self) -> int:
        """Symbols the signal pipeline tells apart."""
        return self.signals.symbols

    @property
    def inputs(self) -> Ports:
        """The event, and its whale score ``tail``."""
        return self.signals.inputs

    @property
    def outputs(self) -> Ports:
        """Whose event it is, and the fusion's decision."""
        passed = {name: self.inputs[name] for name in PASSED}
        return {**passed, **self.fusion.outputs}


class SignalPipelineModel(Model):
    """Golden model of the signal pipeline.

    State:
        That of the blocks signals, realised and fusion, the last for the eight systems of the
        signals.

    Steps:
        1. The block signals gets the event.
        2. The block realised gets ``symbol`` and ``price``.
        3. The block fusion gets ``scores``, ``present``, ``outcome`` and ``learn``. Its outputs
           are those of the signal pipeline, with the event's ``time_ns``, ``sequence`` and
           ``symbol``.
    """

    def __init__(self, params: SignalPipelineParams) -> None:
        self.params = params
        self.signals = SignalsModel(params.signals)
        self.realised = RealisedModel(params.realised)
        self.fusion = FusionModel(params.fusion)

    def reset(self) -> None:
        """Forgets everything."""
        for part in (self.signals, self.realised, self.fusion):
            part.reset()

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Decides on each print of a batch."""
        signals = self.signals.process(**inputs)
        realised = self.realised.process(symbol=inputs["symbol"], price=inputs["price"])
        decision = self.fusion.process(
            scores=signals["scores"], present=signals["present"], **realised
        )
        return {**{name: inputs[name] for name in PASSED}, **decision}
