"""Walk-forward evaluation of fusion: systems, combinations and chance on real tapes.

    markets -> settlements (scores, outcomes) -> orderings -> metrics -> tables and picture

Nothing that is reported on at a settlement was known before it.
"""
