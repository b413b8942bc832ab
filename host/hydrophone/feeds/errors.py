"""What can go wrong with a tape, said so that a person knows what to do next."""


class FeedError(Exception):
    """Input that cannot be opened, or options that do not fit it: no event came of it."""


class OptionValueError(FeedError):
    """A value of an option that no tape could make right."""


class MissingPackageError(FeedError):
    """An optional library that is not installed."""


class DamagedInputError(FeedError):
    """Input that ended early or broke off: what lay before the damage was read."""
