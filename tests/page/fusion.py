"""The fusion in plain Python, written from docs/blocks.md alone."""

from collections.abc import Iterable

from tests.page.arithmetic import (
    FRACTION,
    LOSS,
    MISSING,
    Block,
    Event,
    Format,
    exp2,
    log2,
    reciprocal,
)
from tests.page.signals import Realised, Signals

DIVERSITY, INVERSE = Format("u1.12"), Format("u14.12")
COEFFICIENT_ONE = 1 << 14
Row = list[int]


def ranked(keys: Row, present: Row) -> tuple[Row, Row]:
    """Half ranks and places."""
    half, place = [0] * len(keys), [0] * len(keys)
    there = [c for c in range(len(keys)) if present[c]]
    for c in there:
        above = sum(keys[other] > keys[c] for other in there)
        equal = [other for other in there if keys[other] == keys[c]]
        half[c] = 2 * above + len(equal) + 1
        place[c] = above + sum(other < c for other in equal)
    return half, place


def normalised(scores: Row, present: Row) -> tuple[int, Row]:
    """Whether a system is used, and its normalised scores."""
    there = [score for score, own in zip(scores, present, strict=True) if own]
    low, high = min(there, default=0), max(there, default=0)
    if high <= low or low == MISSING:
        return 0, [0] * len(scores)
    shift = 16 - (high - low).bit_length()
    scale = reciprocal((high - low) << shift)
    return 1, [
        (((score - low) << shift) * scale) >> (31 - 12) if own else 0
        for score, own in zip(scores, present, strict=True)
    ]


def divided(above: int, below: int, finer: int) -> int:
    up = 16 - max(below, 1).bit_length()
    divisor, dividend = (value << up if up >= 0 else value >> -up for value in (below, above << 4))
    return (dividend * reciprocal(divisor)) >> (31 + 4 - finer)


class Fusion(Block):
    def reset(self) -> None:
        systems, candidates = self.p["systems"], self.p["candidates"]
        self.performance = [0] * systems
        self.remembered = (
            [[0] * candidates for _ in range(systems)],
            [0] * systems,
            [0] * candidates,
        )

    def take(self, event: Event) -> Event:
        systems, candidates = self.p["systems"], self.p["candidates"]
        present: Row = event["present"]
        rows = [event["scores"][k * candidates :][:candidates] for k in range(systems)]
        ranks = [ranked(row, present) for row in rows]
        half = [own for own, _ in ranks]
        normal = [normalised(row, present) for row in rows]
        used, values = [own for own, _ in normal], [own for _, own in normal]
        functions = [
            _rank_score(own, places, present)
            for own, (_, places) in zip(values, ranks, strict=True)
        ]
        totals = _diversities(functions, used, sum(present))
        if event["learn"]:
            self._learn(event["outcome"])
            self.remembered = half, used, present
        trusts = [
            max(own, 0) >> (20 - 15) if there else 0
            for own, there in zip(self.performance, used, strict=True)
        ]
        scores = list(_combinations(values, used, 0, [(totals, totals), (trusts, trusts)]))
        inverses = [(w, _inverses(w, used)) for w in (totals, trusts)]
        fused = list(_combinations(half, used, 5, inverses))
        chosen = self.settings["combination"][0]
        keys = scores[chosen][1] if chosen < 3 else [-key for key in fused[chosen - 3][1]]
        rank, place = ranked(keys, present)
        decided = any(used)
        best = [c for c in range(candidates) if present[c] and place[c] == 0]
        return {
            "decided": decided,
            "best": best[0] if decided else 0,
            "rank": rank if decided else [0] * candidates,
            "fused_scores": [value for own, _ in scores for value in own],
            "fused_ranks": [value for own, _ in fused for value in own],
            "used": used,
            "diversity": [total // max(sum(used) - 1, 1) for total in totals],
            "performance": list(self.performance),
        }

    def _learn(self, outcome: Row) -> None:
        half, used, present = self.remembered
        truth, _ = ranked(outcome, present)
        there, n = [c for c in range(len(present)) if present[c]], sum(present)
        if all(truth[c] == n + 1 for c in there):
            return
        for system, own in enumerate(half):
            if used[system]:
                loss = sum((own[c] - truth[c]) ** 2 for c in there) * LOSS[n]
                gained = COEFFICIENT_ONE - min(loss >> 16, 2 * COEFFICIENT_ONE)
                step = (gained << (20 - 14)) - self.performance[system]
                self.performance[system] += step >> self.p["rate"]


def _rank_score(values: Row, places: Row, present: Row) -> Row:
    function = [0] * len(values)
    for value, place, there in zip(values, places, present, strict=True):
        if there:
            function[place] = value
    return function


def _diversities(functions: list[Row], used: Row, count: int) -> Row:
    totals = [0] * len(functions)
    for a in range(len(functions)):
        for b in range(a + 1, len(functions)):
            pairs = zip(functions[a], functions[b], strict=True)
            squares = sum((x - y) ** 2 for x, y in pairs)
            if used[a] and used[b] and squares:
                exponent = ((log2(squares) - log2(count)) >> 1) - (12 << FRACTION)
                apart = exp2(exponent, DIVERSITY)
                totals[a] += apart
                totals[b] += apart
    return totals


def _inverses(weights: Row, used: Row) -> Row:
    return [
        exp2((14 << FRACTION) - log2(max(weight, 1)), INVERSE) if there else 0
        for weight, there in zip(weights, used, strict=True)
    ]


def _combinations(
    terms: list[Row], used: Row, finer: int, weights: Iterable[tuple[Row, Row]]
) -> Iterable[tuple[Row, Row]]:
    """Values and keys of the average and of both weighted combinations."""
    columns = list(zip(*terms, strict=True))
    totals = [
        sum(term for term, there in zip(column, used, strict=True) if there) for column in columns
    ]
    plain = [(total << finer) // max(sum(used), 1) for total in totals]
    yield plain, totals
    for weight, factors in weights:
        if not any(weight):
            yield plain, totals
            continue
        above = [
            sum(factor * term for factor, term in zip(factors, column, strict=True))
            for column in columns
        ]
        yield [divided(own, sum(factors), finer) for own in above], above


class SignalPipeline(Block):
    def reset(self) -> None:
        self.signals = Signals(self.p["signals"], {})
        self.realised = Realised(self.p["realised"], {})
        self.fusion = Fusion(self.p["fusion"], self.settings)

    def configure(self, settings: dict[str, Row]) -> None:
        super().configure(settings)
        self.fusion.configure(settings)

    def take(self, event: Event) -> Event:
        known = {**self.signals.take(event), **self.realised.take(event)}
        return {**event, **self.fusion.take(known)}
