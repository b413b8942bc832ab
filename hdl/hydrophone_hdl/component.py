"""`amaranth.lib.wiring.Component` with the type argument that only its stubs know."""

from typing import TYPE_CHECKING, Any

from amaranth.lib import wiring

if TYPE_CHECKING:
    _Component = wiring.Component[wiring.Signature]
else:
    _Component = wiring.Component


class Component(_Component):
    """A component. One that its constructor refuses leaves no warning that it is unused."""

    def __del__(self) -> None:
        # Amaranth warns of what was made and never elaborated; this one was never made.
        if "_Component__signature" in vars(self):
            parent: Any = super()
            parent.__del__()
