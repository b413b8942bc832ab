"""`amaranth.lib.wiring.Component` with the type argument that only its stubs know."""

from typing import TYPE_CHECKING

from amaranth.lib import wiring

if TYPE_CHECKING:
    Component = wiring.Component[wiring.Signature]
else:
    Component = wiring.Component

__all__ = ["Component"]
