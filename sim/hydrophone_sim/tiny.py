"""Tiny configuration for proofs: windows, tables and counters that fill and wrap soon."""

from hydrophone_model.config import DesignConfig

NAME = "tiny"


def load(source: str) -> DesignConfig:
    """As `DesignConfig.load`, with `tiny` beside the presets.

    Raises:
        ConfigError: No such preset or file, or a value in it is wrong.
    """
    return tiny() if source == NAME else DesignConfig.load(source)


def tiny() -> DesignConfig:
    """Four symbols, windows of 16, eight slots, a half-life of eight events, parents soon loud.

    Four systems, four candidates.
    """
    return DesignConfig.build(
        {
            "symbols": 4,
            "classes": 2,
            "volume": {"window": 16, "minimum": 4, "memory": 7, "lag": 8, "loud": 96},
            "entropy": {"window": 16, "bins": 8},
            "correlation": {"window": 16, "minimum": 4},
            "repeat": {"slots": 8, "half_life": 3},
            "alert": {"budget": 20_000, "hold": 6},
            "momentum": {"window": 16},
            "reversion": {"memory": 4},
            "imbalance": {"window": 16},
            "size_entropy": {"window": 16, "bins": 8, "memory": 3},
            "impact": {"window": 16, "minimum": 4, "memory": 3},
            "whale_flow": {"memory": 3},
            "realised": {"horizon": 16},
            "fusion": {"systems": 4, "candidates": 4, "rate": 3},
        },
        name=NAME,
    )
