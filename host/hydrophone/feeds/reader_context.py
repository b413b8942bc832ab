"""Context of a reader: symbols, options and report of the tape that its prints go to."""

from dataclasses import dataclass

from hydrophone.feeds.options import TapeOptions
from hydrophone.feeds.report import TapeReport
from hydrophone.symbol_table import SymbolTable


@dataclass(frozen=True, kw_only=True)
class ReaderContext:
    """Context of every reader of a tape.

    Attributes:
        symbols: The tape's symbols.
        options: What the user said of the tape.
        report: Takes counts and remarks.
        label: Put before symbols, ``label:symbol``, to keep venues apart.
        patience: Seconds that the first prints of a live source are gathered.
    """

    symbols: SymbolTable
    options: TapeOptions
    report: TapeReport
    label: str = ""
    patience: float = 0.0

    def symbol(self, name: str) -> int:
        """Index of a symbol, under its label."""
        return self.symbols.index(f"{self.label}:{name}" if self.label else name)
