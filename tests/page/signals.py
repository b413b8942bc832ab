"""Signals in plain Python, written from docs/blocks.md alone."""

from tests.page.arithmetic import (
    FRACTION,
    MISSING,
    Block,
    Each,
    Event,
    ExponentialAverage,
    Format,
    SlidingWindow,
    block_name,
    exp2,
    haar,
    log2,
    order_evidence,
    over,
    over_root,
    sign,
    signed_flow,
)
from tests.page.dsp import Correlation, Entropy

CHANGE, DEVIATION, RETURN = Format("s15.0"), Format("s13.4"), Format("u14.0")


def _signed(event: Event, value: int) -> int:
    return -value if event["side"] else value


class _Remembers(Block):
    """A signal with an exponential average of each symbol."""

    def reset(self) -> None:
        self.memories = Each(lambda: ExponentialAverage(self.p["memory"]))

    def follow(self, event: Event, value: int) -> ExponentialAverage:
        memory = self.memories[event["symbol"]]
        memory.take(value)
        return memory


class _Slides(Block):
    """A signal with a window of each symbol."""

    def reset(self) -> None:
        self.windows = Each(lambda: SlidingWindow(self.p["window"]))

    def follow(self, event: Event, value: object) -> SlidingWindow:
        window = self.windows[event["symbol"]]
        window.take(value)
        return window


class Momentum(_Slides):
    def take(self, event: Event) -> Event:
        window = self.follow(event, event["change"])
        way, energy = sum(window.values), sum(change * change for change in window.values)
        return {"score": over_root(way, energy, 0) if window.full else MISSING}


class Reversion(_Remembers):
    def reset(self) -> None:
        super().reset()
        self.variances = Each(lambda: ExponentialAverage(self.p["memory"]))

    def take(self, event: Event) -> Event:
        shift, price = self.p["memory"], event["price"] << 4
        memory = self.follow(event, price)
        above = DEVIATION.saturated(((price << shift) - memory.mean) >> shift)
        variance = self.variances[event["symbol"]].take(above * above)
        return {"score": over_root(-above, variance, shift) if memory.settled else MISSING}


class Imbalance(_Slides):
    def take(self, event: Event) -> Event:
        window = self.follow(event, (_signed(event, event["size"]), event["size"]))
        net, gross = (sum(pair[place] for pair in window.values) for place in (0, 1))
        return {"score": over(net, gross, 6) if window.full else MISSING}


class VolumeSurprise(_Remembers):
    def reset(self) -> None:
        super().reset()
        self.flows = Each(lambda: ExponentialAverage(self.p["fast"]))

    def take(self, event: Event) -> Event:
        flow = self.flows[event["symbol"]].take(_signed(event, event["size"]) << 6)
        usual = self.follow(event, event["size"])
        octaves = log2((abs(flow) << (self.p["memory"] - 6)) + usual.mean) - log2(usual.mean)
        return {"score": sign(flow) * (octaves >> 2) if usual.settled else MISSING}


class SizeEntropy(_Remembers):
    def reset(self) -> None:
        super().reset()
        self.entropy = Entropy(self.p, {})

    def take(self, event: Event) -> Event:
        bins, window = self.p["bins"], self.p["window"]
        octave = min(event["print"] >> 10, bins - 1)
        entropy = self.entropy.take({"symbol": event["symbol"], "bin": octave})
        lean = self.follow(event, _signed(event, 1 << 8)).mean
        below = order_evidence(**entropy, bins=bins, window=window)
        score = (below * lean) >> (6 + 8 + self.p["memory"] - 8)
        return {"score": score if entropy["full"] else MISSING}


class Impact(_Remembers):
    def reset(self) -> None:
        super().reset()
        self.correlation = Correlation(self.p, {})

    def take(self, event: Event) -> Event:
        flow = signed_flow(event["print"], event["side"])
        pair = {"symbol": event["symbol"], "x": flow, "y": event["move"]}
        correlation = self.correlation.take(pair)["correlation"]
        memory = self.follow(event, flow << 4)
        score = (correlation * memory.mean) >> (8 + 4 + self.p["memory"] - 8)
        return {"score": score if memory.settled else MISSING}


class Trend(_Remembers):
    def reset(self) -> None:
        super().reset()
        self.changes = Each(lambda: [0] * self.p["length"])

    def take(self, event: Event) -> Event:
        change, tables = event["change"], self.p["tables"]
        changes = [*self.changes[event["symbol"]][1:], change]
        self.changes[event["symbol"]] = changes
        coefficients = haar([sum(changes[: k + 1]) for k in range(len(changes))])
        rising = [-coefficients[place] for place in tables["newest"]]
        trend = sum(
            weight * own
            for weight, own in zip(tables["weights"], rising, strict=True)
            if own * rising[-1] >= 0
        )
        energy = self.follow(event, change * change)
        score = over_root(trend, energy.mean, self.p["memory"] - 2 * 7)
        return {"score": score if energy.settled else MISSING}


class WhaleFlow(_Remembers):
    def take(self, event: Event) -> Event:
        loud = max(event["tail"] - self.p["floor"], 0) << 2
        heard = self.follow(event, _signed(event, loud))
        down = 6 + 2 + self.p["memory"] - 8
        return {"score": heard.mean >> down if heard.settled else MISSING}


class ScoreMatrix(Block):
    def reset(self) -> None:
        self.columns = [[MISSING] * self.p["systems"] for _ in range(self.p["candidates"])]

    def take(self, event: Event) -> Event:
        if event["symbol"] < self.p["candidates"]:
            self.columns[event["symbol"]] = event["column"]
        return {
            "scores": [own[system] for system in range(self.p["systems"]) for own in self.columns],
            "present": [MISSING not in column for column in self.columns],
        }


class Realised(Block):
    def reset(self) -> None:
        candidates = self.p["candidates"]
        self.events = 0
        self.last: list[int | None] = [None] * candidates
        self.settled: list[int | None] = [None] * candidates
        self.outcome = [0] * candidates

    def take(self, event: Event) -> Event:
        symbol, price, horizon = event["symbol"], event["price"], self.p["horizon"]
        if self.events % horizon == 0:
            self.settled, self.outcome = list(self.last), [0] * len(self.outcome)
        if symbol < self.p["candidates"]:
            since = self.settled[symbol]
            if since is None:
                since = self.settled[symbol] = price
            e = log2(abs(price - since)) - log2(since) - (-17 << FRACTION)
            self.outcome[symbol] = sign(price - since) * exp2(e, RETURN)
            self.last[symbol] = price
        self.events += 1
        return {"outcome": list(self.outcome), "learn": self.events % horizon == 0}


class Signals(Block):
    def reset(self) -> None:
        systems = (
            Momentum,
            Reversion,
            Imbalance,
            VolumeSurprise,
            SizeEntropy,
            Impact,
            Trend,
            WhaleFlow,
        )
        self.systems = [kind(self.p[block_name(kind)], {}) for kind in systems]
        sizes = {"systems": len(systems), "candidates": self.p["candidates"]}
        self.score_matrix = ScoreMatrix(sizes, {})
        self.last: dict[int, int] = {}

    def take(self, event: Event) -> Event:
        symbol, price = event["symbol"], event["price"]
        change = CHANGE.saturated(price - self.last.get(symbol, price))
        self.last[symbol] = price
        known = {**event, "change": change, "print": log2(event["size"])}
        known["move"] = sign(change) * abs(change).bit_length()
        column = [system.take(known)["score"] for system in self.systems]
        return {
            **event,
            "column": column,
            **self.score_matrix.take({"symbol": symbol, "column": column}),
        }
