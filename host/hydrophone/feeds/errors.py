"""Exceptions of feeds; the messages say what to do next."""

from hydrophone_model.errors import InputError, RequestError


class FeedError(InputError):
    """Input that cannot be opened, or options that do not fit it: no event came of it."""


class OptionValueError(FeedError, RequestError):
    """A value of an option that no tape could make right."""


class MissingPackageError(FeedError, RequestError):
    """An optional library that is not installed."""


class DamagedInputError(FeedError):
    """Input that ended early or broke off: what lay before the damage was read."""
