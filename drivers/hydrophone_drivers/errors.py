"""Exceptions of devices and sessions."""

from hydrophone_model.errors import HydrophoneError, RequestError

_SYMBOLS = 2**16 - 1
"""The largest symbol of a record."""


class DeviceError(RequestError, RuntimeError):
    """A device that is absent, closed, or cannot do what was asked; the message says what to do."""


class EventError(HydrophoneError, ValueError):
    """An event out of range.

    Attributes:
        index: Its position in the batch.
        field: The field at fault.
        value: The field's value.
    """

    def __init__(self, *, index: int, field: str, value: int, low: int, high: int) -> None:
        few = field == "symbol" and high < _SYMBOLS
        super().__init__(
            f"event {index}: {field} = {value} is not allowed: use {low} … {high}"
            + (", or a configuration with more symbols" if few else "")
        )
        self.index = index
        self.field = field
        self.value = value
