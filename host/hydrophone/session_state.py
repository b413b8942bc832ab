"""Session state: the parts of a session taken out as bytes, and put in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from hydrophone_drivers.device import Counters, Device, DeviceState
from hydrophone_drivers.reconfigure import check_reconfiguration
from hydrophone_model.block import State
from hydrophone_model.state import (
    Section,
    SessionState,
    check_state,
    merged,
    pack,
    part_params,
    sections_of,
    unpack,
)

if TYPE_CHECKING:
    from hydrophone.fusion import Fusion
    from hydrophone_drivers.signal_pipeline import SignalPipeline


@dataclass(frozen=True, kw_only=True)
class SessionParts:
    """What a session's state is the state of.

    Attributes:
        device: The device.
        fusion: The fusion, made if asked to; None if it has not been used.
        signal_pipeline: The signal pipeline, likewise.
        forget: Gives up fusion or signal pipeline: the next use begins from reset.
    """

    device: Device
    fusion: "Callable[[bool], Fusion | None]"
    signal_pipeline: "Callable[[bool], SignalPipeline | None]"
    forget: Callable[[str], None]


def export_session(
    parts: SessionParts, *, symbols: Iterable[int] | None, classes: Iterable[int] | None
) -> bytes:
    """See `hydrophone.Session.export_state`."""
    chosen = None
    if symbols is not None or classes is not None:
        chosen = {"symbol": list(symbols or ()), "class": list(classes or ())}
    state = parts.device.export_state()
    config = parts.device.config
    sections = sections_of(config.pipeline, "pipeline", state.pipeline, chosen)
    if signal_pipeline := parts.signal_pipeline(False):
        exported = signal_pipeline.export_state()
        sections |= sections_of(config.signal_pipeline, "signals", exported, chosen)
    fusion = parts.fusion(False)
    if fusion and chosen is None:
        sections |= sections_of(config.fusion, "fusion", fusion.export_state())
    return pack(
        SessionState(
            config=config,
            whole=chosen is None,
            judged=fusion is not None and fusion.judged is not None,
            pushed=state.pushed if chosen is None else 0,
            counters=astuple(state.counters if chosen is None else Counters()),
            sections=sections,
        )
    )


def import_session(parts: SessionParts, data: bytes | bytearray | memoryview) -> None:
    """See `hydrophone.Session.import_state`: all is checked before anything is changed."""
    wanted, device = unpack(data), parts.device
    config = wanted.config
    check_reconfiguration(device.config, config)
    before = device.export_state()
    pipeline = _merged(wanted, "pipeline", before.pipeline) or before.pipeline
    signals = fusion = None
    made = parts.signal_pipeline(_has(wanted.sections, "signals"))
    if made:
        signals = _merged(wanted, "signals", made.export_state())
    shown = parts.fusion(_has(wanted.sections, "fusion"))
    if shown:
        fusion = _merged(wanted, "fusion", shown.export_state())
    if config.pipeline != device.config.pipeline or config.fusion != device.config.fusion:
        device.reconfigure(config)
        if made:
            made.reconfigure(config.signal_pipeline.fusion)
        if shown:
            shown.reconfigure(config.fusion)
    counters, pushed = before.counters, before.pushed
    if wanted.whole:
        counters, pushed = _counters(wanted), wanted.pushed
    device.import_state(DeviceState(pipeline=pipeline, counters=counters, pushed=pushed))
    if made:
        if signals is None:
            parts.forget("signals")
        else:
            made.import_state(signals)
    if shown:
        if fusion is None:
            parts.forget("fusion")
        else:
            shown.import_state(fusion, judged=wanted.judged if wanted.whole else None)


def _counters(state: SessionState) -> Counters:
    events, alerts, late, dropped = state.counters
    return Counters(events=events, alerts=alerts, late=late, dropped=dropped)


def _has(sections: Mapping[str, Section], part: str) -> bool:
    return any(name.startswith(f"{part}.") for name in sections)


def _merged(wanted: SessionState, part: str, before: State) -> State | None:
    """The state that a part is to have; None for that of a beginning."""
    sections = wanted.sections
    if not _has(sections, part):
        return None if wanted.whole else before
    params = part_params(wanted.config, part)
    state = merged(params, part, before, sections)
    check_state(params, state)
    return state
