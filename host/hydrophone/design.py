"""Design of a session: a preset, a file or an object, with an alert budget of its own."""

from dataclasses import replace
from pathlib import Path

from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError
from hydrophone_model.limits import limits_of
from hydrophone_model.whale.alert import AlertParams

MILLION = 1_000_000


def load_design(config: str | Path | DesignConfig, alert_budget: float | None) -> DesignConfig:
    """The configuration that a session is opened or reconfigured with.

    Args:
        config: A preset's name, the path of a TOML file, or a configuration.
        alert_budget: Share of events that may open an alert episode, in place of the
            configuration's.

    Raises:
        ConfigError: The configuration or the budget is not allowed.
    """
    design = DesignConfig.load(config)
    if alert_budget is None:
        return design
    limits = limits_of(AlertParams)["budget"]
    low, high = limits.low, limits.high
    if not low <= alert_budget * MILLION <= high:
        raise ConfigError(
            f"alert_budget = {alert_budget} is not allowed: use a share of events from "
            f"{low / MILLION:.6f} to {high / MILLION}"
        )
    alert = replace(design.pipeline.alert, budget=round(alert_budget * MILLION))
    return replace(design, pipeline=replace(design.pipeline, alert=alert))
