"""Register bank of a register map: what the host reads and writes, word by word.

Control registers are written into a shadow; `take` copies all of them at once, so that a device
changes from one consistent set of settings to the next between two events.
"""

from typing import Any

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from hydrophone_hdl.component import Component
from hydrophone_hdl.fixed import shape
from hydrophone_model.registers import WORD, Access, RegisterMap


class Bus(wiring.Signature):
    """A word-addressed register bus; read data follow the address by one clock."""

    def __init__(self, words: int) -> None:
        super().__init__(
            {
                "addr": Out(ceil_log2(words)),
                "w_data": Out(WORD.width),
                "w_en": Out(1),
                "r_data": In(WORD.width),
            }
        )


class RegisterBank(Component):
    """Holds the registers of a map.

    Attributes:
        bus: The host's side.
        take: Copies every control register from its shadow.
    """

    bus: Any
    take: Signal

    def __init__(self, registers: RegisterMap) -> None:
        self.registers = registers
        super().__init__({"bus": In(Bus(registers.words)), "take": In(1)})
        self._device: dict[str, list[Signal]] = {}
        for register in registers.registers:
            self._device[register.name] = [
                Signal(
                    shape(register.format),
                    name=f"{register.name}_{place}",
                    init=reset if register.access is Access.CONTROL else 0,
                )
                for place, reset in enumerate(register.reset)
            ]

    def device(self, name: str) -> list[Signal]:
        """The device's side of a register, an element each.

        A control register's active value; a pulse's single clock; for a status register what the
        host reads; for a sticky one what sets it. The latter two are for the device to drive.
        """
        return self._device[name]

    def elaborate(self, platform: object) -> Module:
        """Builds the bank's logic."""
        m = Module()
        words: dict[int, Value | int] = {}
        for register in self.registers.registers:
            for place, reset in enumerate(register.reset):
                address = self.registers.address(register.name, place)
                device = self._device[register.name][place]
                written = self.bus.w_en & (self.bus.addr == address)
                words[address] = self._word(m, register.access, device, written, reset)
        with m.Switch(self.bus.addr):
            for address, word in words.items():
                with m.Case(address):
                    m.d.sync += self.bus.r_data.eq(word)
            with m.Default():
                m.d.sync += self.bus.r_data.eq(0)
        return m

    def _word(
        self, m: Module, access: Access, device: Signal, written: Value, reset: int
    ) -> Value | int:
        """Adds one element's storage and returns what the host reads of it."""
        data = self.bus.w_data
        match access:
            case Access.CONSTANT:
                return reset
            case Access.STATUS:
                return device
            case Access.PULSE:
                m.d.comb += device.eq(written & data[0])
                return 0
            case Access.STICKY:
                held = Signal(name=f"{device.name}_held")
                m.d.sync += held.eq(device | (held & ~(written & data[0])))
                return held
            case Access.CONTROL:
                shadow = Signal(device.shape(), name=f"{device.name}_shadow", init=reset)
                with m.If(written):
                    m.d.sync += shadow.eq(data)
                with m.If(self.take):
                    m.d.sync += device.eq(shadow)
                return shadow
