"""Register map: the one description of a device's control and status words, as data.

The HDL bank, the driver's view, the C header and the documentation are derived from it. Every
register is 32 bits on the bus; an array takes consecutive words. The bank says which product and
version it is and carries a hash of the whole map, so that a host refuses a stranger.
"""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from hydrophone_model.fixed import FLAG, Fixed
from hydrophone_model.whale.pipeline import PipelineParams

PRODUCT_ID = int.from_bytes(b"HYDR", "big")
VERSION = 1
WORD = Fixed(integer=32)


class Access(Enum):
    """What host and device may do with a register."""

    CONSTANT = "constant"
    STATUS = "status"
    STICKY = "sticky"
    CONTROL = "control"
    PULSE = "pulse"


ACCESS_DOC: dict[Access, str] = {
    Access.CONSTANT: "the host reads a value fixed in the design",
    Access.STATUS: "the host reads what the device writes",
    Access.STICKY: "the device sets it; it stays set until the host writes 1",
    Access.CONTROL: "the host reads and writes; the device sees it after the next `apply`",
    Access.PULSE: "writing 1 triggers once; reads as 0",
}
"""What each access means."""


@dataclass(frozen=True, kw_only=True)
class Register:
    """One register, or an array of equal ones.

    Attributes:
        name: Name in hardware, driver and documentation.
        access: Who reads and writes it.
        format: Number format of its value; at most 32 bits.
        reset: Raw value of each element after reset.
        unit: Unit of the value, empty for a plain number.
        doc: What it is for.
    """

    name: str
    access: Access
    format: Fixed
    reset: tuple[int, ...]
    unit: str
    doc: str

    def __post_init__(self) -> None:
        if self.format.width > WORD.width:
            raise ValueError(f"register {self.name} is {self.format.width} bits: use at most 32")
        self.format.checked(self.reset, f"reset of register {self.name}")

    @property
    def count(self) -> int:
        """Number of words."""
        return len(self.reset)


@dataclass(frozen=True)
class RegisterMap:
    """Registers in the order of their addresses."""

    registers: tuple[Register, ...]

    def address(self, name: str, element: int = 0) -> int:
        """Word address of one element of a register.

        Raises:
            KeyError: No register of that name; the message lists those there are.
        """
        position = 0
        for register in self.registers:
            if register.name == name:
                if not 0 <= element < register.count:
                    raise IndexError(f"register {name} has {register.count} elements, no {element}")
                return position + element
            position += register.count
        raise KeyError(f"no register {name!r}: use one of {[r.name for r in self.registers]}")

    def __getitem__(self, name: str) -> Register:
        return next(register for register in self.registers if register.name == name)

    @property
    def words(self) -> int:
        """Words of the whole map."""
        return sum(register.count for register in self.registers)

    @property
    def hash(self) -> int:
        """32 bits that differ when a name, address, width, format or access differs."""
        text = "\n".join(
            f"{self.address(r.name)} {r.name}[{r.count}] {r.access.value} {r.format}"
            for r in self.registers
        )
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")

    def markdown(self) -> str:
        """The map as a table for the documentation."""
        rows = ["| word | name | access | format | reset | unit | what it is |", "|" + "---|" * 7]
        for r in self.registers:
            first = self.address(r.name)
            place = f"{first}" if r.count == 1 else f"{first} … {first + r.count - 1}"
            values = r.reset[:1] if len(set(r.reset)) == 1 else r.reset
            reset = " ".join(map(str, values))
            rows.append(
                f"| {place} | `{r.name}` | {r.access.value} | {r.format} | {reset} | {r.unit} "
                f"| {r.doc} |"
            )
        return "\n".join(rows)


def whale_registers(params: PipelineParams) -> RegisterMap:
    """The register map of the whale pipeline built with these parameters."""

    def one(
        name: str, access: Access, width: int | Fixed, doc: str, reset: int = 0, unit: str = ""
    ) -> Register:
        shape = Fixed(integer=width) if isinstance(width, int) else width
        return Register(name=name, access=access, format=shape, reset=(reset,), unit=unit, doc=doc)

    body = (
        one("apply", Access.PULSE, FLAG, "take over all control registers between two events"),
        one("clear", Access.PULSE, FLAG, "as apply, then forget the state of every symbol"),
        one("busy", Access.STATUS, FLAG, "an apply or clear is under way; no event is accepted"),
        one("alert_overflow", Access.STICKY, FLAG, "an alert met a full queue and was dropped"),
        one("events", Access.STATUS, 32, "events accepted since reset, wraps", unit="events"),
        one("alerts", Access.STATUS, 32, "alerts raised since reset, wraps", unit="alerts"),
        one(
            "alerts_dropped",
            Access.STATUS,
            32,
            "alerts dropped at a full queue, wraps",
            unit="alerts",
        ),
        one(
            "late",
            Access.STATUS,
            32,
            "events timed before their symbol's last, wraps",
            unit="events",
        ),
        *_controls(params),
    )
    head = (
        one("product_id", Access.CONSTANT, 32, "'HYDR'", PRODUCT_ID),
        one("version", Access.CONSTANT, 32, "version of the map's meaning", VERSION),
    )
    place = one("map_hash", Access.CONSTANT, 32, "hash of this map")
    unhashed = RegisterMap((*head, place, *body))
    hashed = one("map_hash", Access.CONSTANT, 32, place.doc, unhashed.hash)
    return RegisterMap((*head, hashed, *body))


def _controls(params: PipelineParams) -> Iterator[Register]:
    """A control register for each run-time setting: single words first, the longest table last.

    How long a setting is, the default configuration says: the order is the same in every design.
    """
    usual = PipelineParams().controls
    for name in sorted(params.settings, key=lambda name: len(usual[name][1])):
        setting, (_, values) = params.settings[name], params.controls[name]
        yield Register(
            name=name,
            access=Access.CONTROL,
            format=setting.format,
            reset=values,
            unit=setting.unit,
            doc=setting.doc,
        )


def document(params: PipelineParams) -> str:
    """The register map as a page of the documentation.

    ``python -m hydrophone_model.registers > docs/registers.md`` writes the committed one.
    """
    registers = whale_registers(params)
    lines = [
        "# Registers of the whale pipeline",
        "",
        "Written by `python -m hydrophone_model.registers > docs/registers.md` from",
        "`hydrophone_model.registers.whale_registers`; a test compares. Resets are those of the",
        "`default` preset. A word is 32 bits and four bytes of bus address.",
        "",
        f"Version {VERSION}, {registers.words} words, map hash `{registers.hash:#010x}`.",
        "",
        "A format `u5.6` is unsigned with 5 integer and 6 fraction bits, `s…` is signed.",
        "",
        *(f"- **{access.value}**: {ACCESS_DOC[access]}" for access in Access),
        "",
        registers.markdown(),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(document(PipelineParams()))
