"""What a configuration is refused with."""


class ConfigError(ValueError):
    """A design parameter outside its allowed range; the message names both."""
