"""Exception of the shared memory: a segment that cannot be published or read."""

from hydrophone_model.errors import RequestError


class SharedMemoryError(RequestError):
    """A segment that cannot be published or read: the message says why and what to do."""
