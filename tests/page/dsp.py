"""Building blocks of docs/blocks.md in plain Python, written from that page alone."""

from tests.page.arithmetic import (
    FRACTION,
    Block,
    Each,
    Event,
    Format,
    SlidingWindow,
    exp2,
    haar,
    log2,
    reciprocal,
)

COSINE = Format("u1.8")
ONE = 256


class Log2(Block):
    def take(self, event: Event) -> Event:
        return {"y": log2(event["x"])}


class Exp2(Block):
    def take(self, event: Event) -> Event:
        return {"y": exp2(event["x"], Format(f"u{self.p['integer']}.{self.p['fraction']}"))}


class Reciprocal(Block):
    def take(self, event: Event) -> Event:
        return {"y": reciprocal(event["x"])}


class Haar(Block):
    def take(self, event: Event) -> Event:
        return {"coefficients": haar(event["window"])}


class Distance(Block):
    def take(self, event: Event) -> Event:
        tables = self.p["tables"]
        w = [c << s for c, s in zip(event["coefficients"], tables["shifts"], strict=True)]
        h = log2(sum(x * x for x in w)) >> 1
        dots = [sum(a * b for a, b in zip(w, row, strict=True)) for row in tables["templates"]]
        if event["flip"]:
            dots = [-dot for dot in dots]
        groups = self.p["groups"]
        return {"distance": [self._distance(dots, groups, g, h) for g in range(max(groups) + 1)]}

    def _distance(self, dots: list[int], groups: list[int], group: int, h: int) -> int:
        nearest = max(dot for dot, own in zip(dots, groups, strict=True) if own == group)
        if nearest <= 0:
            return 2 * ONE
        return 2 * (ONE - min(exp2(log2(nearest) - h - (6 << FRACTION), COSINE), ONE))


class Entropy(Block):
    def reset(self) -> None:
        self.windows = Each(lambda: SlidingWindow(self.p["window"]))

    def take(self, event: Event) -> Event:
        window = self.windows[event["symbol"]]
        window.take(event["bin"])
        if not window.full:
            return {"entropy": 0, "full": 0}
        terms = self.p["tables"]["terms"]
        whole = sum(terms[window.values.count(number)] for number in range(self.p["bins"]))
        length = self.p["window"].bit_length() - 1
        return {"entropy": Format("u3.8").saturated((length << 8) - (whole >> length)), "full": 1}


class Correlation(Block):
    def reset(self) -> None:
        self.windows = Each(lambda: SlidingWindow(self.p["window"]))

    def take(self, event: Event) -> Event:
        window = self.windows[event["symbol"]]
        window.take((event["x"], event["y"]))
        pairs, n = window.values, len(window.values)
        sx, sy = sum(x for x, _ in pairs), sum(y for _, y in pairs)
        cov = n * sum(x * y for x, y in pairs) - sx * sy
        vx = n * sum(x * x for x, _ in pairs) - sx * sx
        vy = n * sum(y * y for _, y in pairs) - sy * sy
        if cov == 0 or n < self.p["minimum"]:
            return {"correlation": 0}
        e = log2(abs(cov)) - ((log2(vx) + log2(vy)) >> 1)
        m = min(exp2(e, Format("u1.8")), ONE)
        return {"correlation": -m if cov < 0 else m}
