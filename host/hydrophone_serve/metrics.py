"""Prometheus metrics of a run: counters, latencies by stage, subscribers."""

from collections.abc import Iterator
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from hydrophone_serve.hub import AlertHub

_COUNTED = {
    "events": "Events processed.",
    "alerts": "Alert episodes opened.",
    "late": "Events timed before their symbol's previous one.",
}


class Shown(Protocol):
    """Telemetry of the run: `hydrophone.telemetry.RunTelemetry`."""

    def snapshot(self) -> dict[str, Any]:
        """All of it."""
        ...


class RunCollector(Collector):
    """Metrics as they are when they are asked for.

    Args:
        telemetry: Of the run.
        hub: Of its alerts.
    """

    def __init__(self, telemetry: Shown, hub: AlertHub) -> None:
        self._telemetry, self._hub = telemetry, hub

    def collect(self) -> Iterator[Metric]:
        """Metric families."""
        told = self._telemetry.snapshot()
        counters = told["counters"]
        for name, doc in _COUNTED.items():
            yield CounterMetricFamily(f"hydrophone_{name}", doc, value=counters[name])
        for name, doc in (
            ("skipped", "Prints left out."),
            ("changed", "Prints with a changed value."),
            ("dropped", "Alerts dropped, by who dropped them."),
        ):
            family = CounterMetricFamily(f"hydrophone_{name}", doc, labels=["reason"])
            for reason, count in counters[name].items():
                family.add_metric([reason], count)
            yield family
        stages = SummaryMetricFamily(
            "hydrophone_stage_seconds", "Time an event spends in each stage.", labels=["stage"]
        )
        for stage, record in told["stages"].items():
            count = record["events"]
            stages.add_metric([stage], count_value=count, sum_value=record["mean"] * count / 1e9)
        yield stages
        quantiles = GaugeMetricFamily(
            "hydrophone_stage_quantile_seconds",
            "Quantiles of that time since the run began.",
            labels=["stage", "quantile"],
        )
        for stage, record in told["stages"].items():
            for key, quantile in (("p50", "0.5"), ("p99", "0.99"), ("p99.99", "0.9999")):
                if key in record:
                    quantiles.add_metric([stage, quantile], record[key] * 1e-9)
        yield quantiles
        yield GaugeMetricFamily(
            "hydrophone_running", "1 while events may come.", value=int(told["state"] == "running")
        )
        yield GaugeMetricFamily(
            "hydrophone_subscribers", "Subscribers of alerts.", value=self._hub.subscribers
        )
        yield CounterMetricFamily(
            "hydrophone_subscriber_missed", "Alerts that slow ones missed.", value=self._hub.missed
        )


def exposition(telemetry: Shown, hub: AlertHub) -> bytes:
    """Metrics in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(RunCollector(telemetry, hub))
    return generate_latest(registry)
