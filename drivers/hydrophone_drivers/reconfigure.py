"""Which parameters a running design takes over through its registers, and which shape the design.

`hydrophone_model.registers.whale_registers` says what registers there are; this says which keys of
a configuration they come from.
"""

from hydrophone_model.block import ConfigError
from hydrophone_model.config import DesignConfig, sections, settings

REGISTER_KEYS: dict[str, frozenset[str]] = {
    "parent": frozenset({"gap_ns"}),
    "volume": frozenset({"loud"}),
    "score": frozenset({"weights", "ladder"}),
    "alert": frozenset({"budget", "shares", "margin", "rise", "hold", "hysteresis"}),
}
"""Keys of each table of a configuration that registers carry."""


def check_reconfiguration(now: DesignConfig, wanted: DesignConfig) -> None:
    """Refuses a configuration that needs another design.

    Raises:
        ConfigError: Names the first parameter that registers do not carry, its two values and the
            remedy.
    """
    before, after = now.pipeline, wanted.pipeline
    pairs = [
        ("symbols", before.symbols, after.symbols),
        ("classes", before.score.classes, after.score.classes),
    ]
    old, new = sections(before), sections(after)
    for name, params in old.items():
        fixed = REGISTER_KEYS.get(name, frozenset())
        wishes = settings(new[name])
        pairs += [
            (f"{name}.{key}", value, wishes[key])
            for key, value in settings(params).items()
            if key not in fixed
        ]
    for key, value, wish in pairs:
        if value != wish:
            raise ConfigError(
                f"{key} = {wish} needs another design, this one has {value}: open a new session"
            )
