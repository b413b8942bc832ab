"""Symbol table: names of symbols, and the indices that events carry."""


class SymbolTable:
    """Names of symbols and their indices, in order of appearance, up to a fixed number.

    Args:
        capacity: Symbols that the config has room for.
    """

    def __init__(self, *, capacity: int) -> None:
        self.capacity = capacity
        self.names: list[str] = []
        self._index: dict[str, int] = {}

    def index(self, name: str) -> int:
        """Index of ``name``, entering it; a full table answers ``capacity``."""
        known = self._index.get(name)
        if known is not None:
            return known
        if len(self.names) >= self.capacity:
            return self.capacity
        self._index[name] = len(self.names)
        # Of a file's name or of JSON: what is no Unicode could not be written anywhere.
        self.names.append(name.encode(errors="backslashreplace").decode())
        return len(self.names) - 1

    def __contains__(self, name: object) -> bool:
        return name in self._index
