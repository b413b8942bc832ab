"""Feeds: recorded trades of any known format as market-event records.

files -> text streams -> reader of the format -> timestamp order -> scale -> merge -> tick rule
-> EVENT batches
"""

from hydrophone.feeds.detect import FORMATS
from hydrophone.feeds.errors import DamagedInputError, FeedError
from hydrophone.feeds.options import Late, TapeOptions
from hydrophone.feeds.report import TapeReport
from hydrophone.feeds.tape import Tape, open_tape

__all__ = [
    "FORMATS",
    "DamagedInputError",
    "FeedError",
    "Late",
    "Tape",
    "TapeOptions",
    "TapeReport",
    "open_tape",
]
