r"""Design top of the whale detector: wire records in and out, alerts queued, a register bus.

    s_axis (Event records) -> pipeline -> m_axis (Result records, one an event)
                                 | \-> queue -> alert (Result records with the ALERT flag)
                                 \-> early (Early records, one an event)

The results may be stalled, which stalls the events. The alert queue never stalls anything: an
alert that meets it full is dropped, counted, and sets a sticky bit. The early flag has no ready:
it is shown for one clock, the first on which it is known, and never held back.
"""

from typing import Any, cast

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import data
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from hydrophone_hdl.block import ControlledBlock, elements
from hydrophone_hdl.component import Component
from hydrophone_hdl.records import record_layout
from hydrophone_hdl.register_bank import RegisterBank
from hydrophone_hdl.whale.pipeline import Pipeline
from hydrophone_model.block import Ports
from hydrophone_model.records import EARLY, EVENT, RESULT, Record, ResultFlag
from hydrophone_model.registers import WORD, whale_registers
from hydrophone_model.whale.pipeline import PipelineParams

ALERT_QUEUE = 16
"""Alerts that wait for the host."""


class WhaleTop(Component):
    """The design top. Port names are flat and AXI-like, for tools that know nothing of Amaranth.

    Settings written on the register bus take effect at the next ``apply``: the top lets no event
    in until the pipeline is empty, takes them all over at once, and for ``clear`` sweeps the state
    of every symbol.

    Attributes:
        latency: Clocks from the one that accepts an event to the one that offers its result.
        early_latency: Clocks to the one that shows its early flag, unless results stall.
        registers: The map behind the register bus.
    """

    s_axis_tdata: Signal
    s_axis_tvalid: Signal
    s_axis_tready: Signal
    m_axis_tdata: Signal
    m_axis_tvalid: Signal
    m_axis_tready: Signal
    alert_tdata: Signal
    alert_tvalid: Signal
    alert_tready: Signal
    early_tdata: Signal
    early_tvalid: Signal
    csr_addr: Signal
    csr_wdata: Signal
    csr_we: Signal
    csr_rdata: Signal

    def __init__(self, params: PipelineParams) -> None:
        self.registers = whale_registers(params)
        self._core = ControlledBlock(Pipeline(params))
        self.latency, self.early_latency = self._core.latency, self._core.early_latency
        self.clear_cycles = self._core.clear_cycles
        super().__init__(
            {
                "s_axis_tdata": In(EVENT.size * 8),
                "s_axis_tvalid": In(1),
                "s_axis_tready": Out(1),
                "m_axis_tdata": Out(RESULT.size * 8),
                "m_axis_tvalid": Out(1),
                "m_axis_tready": In(1),
                "alert_tdata": Out(RESULT.size * 8),
                "alert_tvalid": Out(1),
                "alert_tready": In(1),
                "early_tdata": Out(EARLY.size * 8),
                "early_tvalid": Out(1),
                "csr_addr": In(ceil_log2(self.registers.words)),
                "csr_wdata": In(WORD.width),
                "csr_we": In(1),
                "csr_rdata": Out(WORD.width),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Builds the top's logic."""
        m = Module()
        m.submodules.bank = bank = RegisterBank(self.registers)
        m.d.comb += [
            bank.bus.addr.eq(self.csr_addr),
            bank.bus.w_data.eq(self.csr_wdata),
            bank.bus.w_en.eq(self.csr_we),
            self.csr_rdata.eq(bank.bus.r_data),
        ]
        m.submodules.pipeline = core = self._core
        for name in core.datapath.controls:
            for place, value in enumerate(bank.device(name)):
                m.d.comb += core.controls[name][place].eq(value)
        result: Any = self._connect(m)
        self._reconfigure(m, bank)
        self._queue(m, bank, result)
        return m

    def _connect(self, m: Module) -> Any:
        """Joins the wire's records to the pipeline's ports, member for member."""
        core = self._core
        event: Any = data.View(record_layout(EVENT), self.s_axis_tdata)
        ports = core.datapath.params
        result = _record(m, RESULT, core.o.payload, ports.outputs)
        early = _record(m, EARLY, core.early, ports.early)
        m.d.comb += [
            core.i.valid.eq(self.s_axis_tvalid),
            self.s_axis_tready.eq(core.i.ready),
            self.m_axis_tdata.eq(result.as_value()),
            self.m_axis_tvalid.eq(core.o.valid),
            core.o.ready.eq(self.m_axis_tready),
            self.early_tdata.eq(early.as_value()),
            self.early_tvalid.eq(core.early_valid),
        ]
        m.d.comb += [core.i.payload[name].eq(event[name]) for name in ports.inputs]
        return result

    def _reconfigure(self, m: Module, bank: RegisterBank) -> None:
        """Empties the pipeline, takes the settings over, and sweeps if asked to."""
        core, forget = self._core, Signal()
        (apply_pulse,), (clear_pulse,) = bank.device("apply"), bank.device("clear")
        with m.FSM():
            with m.State("run"):
                with m.If(apply_pulse | clear_pulse):
                    m.d.sync += forget.eq(clear_pulse)
                    m.next = "drain"
            with m.State("drain"):
                m.d.comb += core.hold.eq(1)
                with m.If(clear_pulse):
                    m.d.sync += forget.eq(1)
                with m.If(core.idle):
                    m.d.comb += bank.take.eq(1)
                    m.next = "taken"
            with m.State("taken"):
                m.d.comb += [core.hold.eq(1), core.clear.eq(forget)]
                m.next = "run"
                # A request on this very clock asks for what was written since.
                with m.If(apply_pulse | clear_pulse):
                    m.d.sync += forget.eq(clear_pulse)
                    m.next = "drain"
        sweeping = Signal(init=1)
        m.d.sync += sweeping.eq(core.clear | (sweeping & ~core.idle))
        m.d.comb += bank.device("busy")[0].eq(core.hold | sweeping)

    def _queue(self, m: Module, bank: RegisterBank, result: Any) -> None:
        """Queues alerts as their results leave, and counts."""
        m.submodules.queue = queue = SyncFIFOBuffered(width=RESULT.size * 8, depth=ALERT_QUEUE)
        leaves = self.m_axis_tvalid & self.m_axis_tready
        flags: Value = result["flags"]
        alert = Signal()
        m.d.comb += [
            alert.eq(leaves & _flag(flags, ResultFlag.ALERT)),
            queue.w_data.eq(result.as_value()),
            queue.w_en.eq(alert),
            self.alert_tdata.eq(queue.r_data),
            self.alert_tvalid.eq(queue.r_rdy),
            queue.r_en.eq(self.alert_tready),
        ]
        dropped = alert & ~queue.w_rdy
        m.d.comb += bank.device("alert_overflow")[0].eq(dropped)
        counted = {
            "events": self.s_axis_tvalid & self.s_axis_tready,
            "alerts": alert,
            "alerts_dropped": dropped,
            "late": leaves & _flag(flags, ResultFlag.LATE),
        }
        for name, happens in counted.items():
            counter = bank.device(name)[0]
            with m.If(happens):
                m.d.sync += counter.eq(counter + 1)


def _record(m: Module, record: Record, payload: Any, ports: Ports) -> Any:
    """A record whose members are a payload's; what the payload lacks is zero."""
    whole = cast("Any", Signal(record_layout(record), name=record.name.lower()))
    for name, port in ports.items():
        members = elements(whole, ports, name)
        values = elements(payload, ports, name)
        m.d.comb += [members[k].eq(values[k]) for k in range(port.count)]
    return whole


def _flag(flags: Value, flag: ResultFlag) -> Value:
    return flags[flag.value.bit_length() - 1]
