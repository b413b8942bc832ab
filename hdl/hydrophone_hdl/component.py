"""`amaranth.lib.wiring.Component` with the type argument that only its stubs know."""

from typing import TYPE_CHECKING

from amaranth.lib import wiring

if TYPE_CHECKING:
    _Component = wiring.Component[wiring.Signature]
else:
    _Component = wiring.Component


class Component(_Component):
    """A component that may go unused without a warning.

    It is asked for its latency, say, or the engine that it was made for is refused.
    """

    _MustUse__silence = True
