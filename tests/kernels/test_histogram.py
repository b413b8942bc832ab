"""The C++ recorder of latencies beside its model, and what an engine records."""

import numpy as np
import pytest

import hydrophone
from hydrophone import _kernels
from hydrophone.telemetry import Histogram
from hydrophone_bench.tape import synthetic
from hydrophone_model.histogram import VALUE_BITS, LogHistogram


def test_the_recorder_is_equal_to_the_model(seed):
    rng = np.random.default_rng(seed)
    values = np.exp2(rng.uniform(0, 63.9, 20_000)).astype(np.uint64)
    edges = np.array([1 << bit for bit in range(VALUE_BITS + 1)], np.uint64)
    values = np.concatenate([values, edges, edges - 1])
    native, model = Histogram(), LogHistogram()
    assert native.record.__self__.__class__ is _kernels.HistogramRecorder
    for value in values.tolist():
        native.record(value, 3)
    model.record_many(values, 3)
    assert np.array_equal(native.memory, model.memory)


def test_the_recorder_refuses_other_memory():
    with pytest.raises(ValueError, match=r"memory has the shape \(3\): give the shape"):
        _kernels.HistogramRecorder(np.zeros(3, np.uint64))


def test_an_engine_records_every_event_once_and_forgets_at_reset():
    interval = _kernels.clock_interval()
    events = synthetic(events=4 * interval, symbols=8)
    with hydrophone.open("cpu") as session:

        def recorded() -> LogHistogram:
            histogram = session.latency
            assert histogram is not None
            return histogram

        session.process(events)
        assert recorded().count == events.size
        assert 0 < recorded().least <= recorded().most
        for event in events[: interval - 1]:
            session.push(**{name: event[name] for name in ("time_ns", "price", "size")},
                         symbol=event["symbol"], side=event["side"])  # fmt: skip
        assert recorded().count == events.size
        session.process(events[:1])
        assert recorded().count == events.size + interval
        session.reset()
        assert recorded().count == 0
    assert session.latency is None


def test_a_model_has_no_engine_to_time():
    with hydrophone.open("golden") as session:
        assert session.latency is None
