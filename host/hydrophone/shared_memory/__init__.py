"""Shared memory: one trading process publishes, any number of others of the same user read.

`Publisher` owns a segment and writes snapshots and alerts to it; `attach` reads one. The layout is
`hydrophone_model.shared_memory`, the protocol and its proof are in docs/shared-memory.md.
"""

from hydrophone.shared_memory.errors import SharedMemoryError
from hydrophone.shared_memory.publisher import Publisher, thresholds_of
from hydrophone.shared_memory.reader import AlertReader, SharedReader, attach

__all__ = [
    "AlertReader",
    "Publisher",
    "SharedMemoryError",
    "SharedReader",
    "attach",
    "thresholds_of",
]
