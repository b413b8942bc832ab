"""Blocks that hear whales, in plain Python, written from docs/blocks.md alone."""

from typing import Any

from tests.page.arithmetic import (
    Block,
    Each,
    Event,
    ExponentialAverage,
    Format,
    SlidingWindow,
    exp2,
    haar,
    log2,
    mix,
    order_evidence,
    signed_flow,
)
from tests.page.dsp import Correlation, Distance, Entropy

SIZE, EVIDENCE, OCTAVES, SUM = (Format(name) for name in ("u32.0", "u6.6", "u6.6", "u12.12"))
HEAD, RUNG, RATIO, TAIL = (Format(name) for name in ("u10.6", "u10.18", "u4.6", "u5.6"))
THRESHOLD, DEVIATIONS, COUNT = (Format(name) for name in ("u5.27", "u4.6", "u11.4"))


class Parent(Block):
    def reset(self) -> None:
        self.last: dict[int, tuple[int, int, int, int]] = {}

    def take(self, event: Event) -> Event:
        symbol, side, size = event["symbol"], event["side"], event["size"]
        out = {"parent_size": size, "joined": 0, "closed": 0, "late": 0, "move": 0}
        if symbol in self.last:
            last_time, last_price, last_side, parent = self.last[symbol]
            elapsed = event["time_ns"] - last_time
            joined = side == last_side and elapsed <= self.settings["gap_ns"][0]
            change = event["price"] - last_price
            out["late"], out["joined"], out["closed"] = elapsed < 0, joined, not joined
            out["parent_size"] = min(parent + size, SIZE.max) if joined else size
            out["move"] = change.bit_length() if change > 0 else -(-change).bit_length()
        self.last[symbol] = event["time_ns"], event["price"], side, out["parent_size"]
        return out


class _Sizes:
    """What the block volume keeps of a symbol."""

    def __init__(self, p: Event) -> None:
        self.prints, self.parents = ExponentialAverage(p["memory"]), ExponentialAverage(p["memory"])
        self.window = SlidingWindow(p["window"])
        self.last_size = self.last_log = 0
        self.ring = [(0, 0, 0)] * p["lag"]


class Volume(Block):
    def reset(self) -> None:
        self.symbols = Each(lambda: _Sizes(self.p))

    def take(self, event: Event) -> Event:
        state = self.symbols[event["symbol"]]
        if event["closed"]:
            state.parents.take(state.last_size)
            state.window.take(state.last_log)
        above_print = self._octaves_above(event["print"], state.prints.mean, state.prints.count)
        state.prints.take(event["size"])
        mean, count, threshold = state.ring.pop(0)
        state.ring.append((state.parents.mean, state.parents.count, self.settings["loud"][0]))
        above_parent = self._octaves_above(event["parent"], mean, count)
        state.last_size, state.last_log = event["parent_size"], event["parent"]
        return {
            "above_print": above_print,
            "above_parent": above_parent,
            "z_window": self._deviations(state.window.values, event["parent"]),
            "loud": threshold > 0 and above_parent >= threshold,
        }

    def _octaves_above(self, value: int, mean: int, count: int) -> int:
        reference = log2(mean) - ((self.p["memory"] + 1) << 10)
        if count < self.p["minimum"]:
            reference = 32767
        return OCTAVES.saturated(max(value - reference, 0) >> 4)

    def _deviations(self, logs: list[int], parent: int) -> int:
        n, s, q = len(logs), sum(logs), sum(log * log for log in logs)
        above = n * parent - s
        if n < self.p["minimum"] or above <= 0:
            return 0
        variance = max(n * q - s * s, (n * n) << (2 * (10 - self.p["floor"])))
        return exp2(log2(above) - (log2(variance) >> 1), DEVIATIONS)


class Persistence(Block):
    def reset(self) -> None:
        self.sums = Each(lambda: [0, 0])

    def take(self, event: Event) -> Event:
        sums, leak = self.sums[event["symbol"]], self.p["leak"]
        amount = (self.p["base"] + min(event["above_print"] >> 2, self.p["most"])) << 8
        if event["joined"]:
            amount >>= self.p["joined"]
        signed = -amount if event["side"] else amount
        sums[0] = SUM.saturated(sums[0] - (sums[0] >> leak) + signed)
        sums[1] = SUM.saturated(sums[1] - (sums[1] >> leak) - signed)
        unit = 12 - 2
        told = (log2(sums[event["side"]] + (1 << unit)) - (unit << 10)) >> 4
        return {"persistence": EVIDENCE.saturated(told)}


class _Tables:
    """What the block repeat keeps of a symbol: of each entry a tag, a count and a stamp."""

    def __init__(self, slots: int) -> None:
        self.joint, self.places, self.sizes = ([(0, 0, 0)] * slots for _ in range(3))
        self.all = [(0, 0, 0)]
        self.events = 0


def _counted(entries: list[tuple[int, int, int]], slot: int, tag: int, tick: int, by: int) -> int:
    own, count, stamp = entries[slot]
    kept = count >> min((tick - stamp) & 255, 15) if own == tag else 0
    entries[slot] = tag, min(kept + by, COUNT.max), tick
    return entries[slot][1]


class Repeat(Block):
    def reset(self) -> None:
        self.tables = Each(lambda: _Tables(self.p["slots"]))

    def take(self, event: Event) -> Event:
        state, slots, half_life = (
            self.tables[event["symbol"]],
            self.p["slots"],
            self.p["half_life"],
        )
        size_hash = mix(event["size"])
        place_hash = mix((2 * event["price"] + event["side"]) & 0xFFFFFFFF)
        joint_hash = mix(size_hash ^ place_hash)
        tag = (joint_hash >> (slots.bit_length() - 1)) & 4095
        number = state.events
        state.events = (number + 1) & ((1 << (8 + half_life + 3)) - 1)
        tick, slow = (number >> half_life) & 255, (number >> (half_life + 3)) & 255
        weight = self.p["joined"] if event["joined"] else 16
        j = _counted(state.joint, joint_hash & (slots - 1), tag, tick, weight)
        p = _counted(state.places, place_hash & (slots - 1), 0, tick, weight)
        s = _counted(state.sizes, size_hash & (slots - 1), 0, slow, weight)
        a = _counted(state.all, 0, 0, slow, weight)
        expected = max(log2(p) + log2(s) - log2(a), 4 << 10)
        information, repeats = max(log2(j) - expected, 0), max(j - 16, 0)
        one = 4 + 10
        told = (log2(repeats * information + (1 << one)) - (one << 10)) >> 4
        return {"surprise": EVIDENCE.saturated(told)}


class Pattern(Block):
    def reset(self) -> None:
        length = len(self.p["distance"]["shapes"][0])
        self.flows = Each(lambda: [0] * length)
        self.entropy = Entropy(self.p["entropy"], {})
        self.repeat = Repeat(self.p["repeat"], {})
        self.persistence = Persistence(self.p["persistence"], {})
        self.correlation = Correlation(self.p["correlation"], {})
        self.distance = Distance(self.p["distance"], {})

    def take(self, event: Event) -> Event:
        symbol, side = event["symbol"], event["side"]
        flow = signed_flow(event["print"], side)
        flows = self.flows[symbol] = [*self.flows[symbol][1:], flow]
        sizes = self.p["entropy"]
        octave = min(event["print"] >> 10, sizes["bins"] - 1)
        entropy = self.entropy.take({"symbol": symbol, "bin": octave})
        correlation = self.correlation.take({"symbol": symbol, "x": flow, "y": event["move"]})
        shape = {"coefficients": haar(flows), "flip": side}
        distance = self.distance.take(shape)["distance"]
        return {
            "match": [max(distance[4] - distance[kind], 0) >> 2 for kind in range(4)],
            "order": order_evidence(**entropy, bins=sizes["bins"], window=sizes["window"]),
            **self.repeat.take(event),
            **self.persistence.take(event),
            "impact": max(correlation["correlation"], 0) >> 2,
        }


class Score(Block):
    def reset(self) -> None:
        rungs, ladder = self.p["rungs"], self.settings["ladder"]
        first = [[r << 12 for r in ladder[at : at + rungs]] for at in range(0, 4 * rungs, rungs)]
        self.ladders = Each(lambda: [list(rungs) for rungs in first])

    def take(self, event: Event) -> Event:
        ladders, weights = (
            self.ladders[event["symbol"] % self.p["classes"]],
            iter(self.settings["weights"]),
        )
        heads: list[int] = []
        for head, terms in enumerate(self.p["tables"]["terms"]):
            evidence = sum(event["evidence"][term] * next(weights) for term in terms)
            heads.append(self._tail(HEAD.saturated(evidence >> 6), ladders[head]))
        return {"heads": heads}

    def _tail(self, head: int, states: list[int]) -> int:
        """The score of a head; then its rungs learn."""
        count = len(states)
        rung = [0, *(state >> 12 for state in states)]
        below = sum(head > own for own in rung[1:])
        above, last = max(head - rung[below], 0), min(below, count - 1)
        ratio = exp2(log2(above) - log2(max(rung[last + 1] - rung[last], 1)), RATIO)
        if below < count:
            ratio = min(ratio, 64)
        if above == 0:
            ratio = 0
        value, step = head << 12, 1 << (18 - self.p["step"])
        for place, state in enumerate(states):
            fall = step >> (2 * (place + 1))
            states[place] = RUNG.saturated(state + step - fall if value > state else state - fall)
        return TAIL.saturated(2 * ((below << 6) + ratio))


class Alert(Block):
    def reset(self) -> None:
        first = self.settings["first_thresholds"]
        self.thresholds, self.holds = Each(lambda: list(first)), Each(lambda: [0, 0])

    def take(self, event: Event) -> Event:
        settings, heads, side = self.settings, event["heads"], event["side"]
        thresholds = self.thresholds[event["symbol"] % self.p["classes"]]
        hold = self.holds[event["symbol"]]
        margins = [
            score - (threshold >> 21) if fall else -4096
            for score, threshold, fall in zip(heads, thresholds, settings["falls"], strict=True)
        ]
        fires, lives = max(margins) >= 0, max(margins) >= -settings["hysteresis"][0]
        first, is_open = margins.index(max(margins)), hold[side] > 0
        alert, score = fires and not is_open, max(heads)
        for head, fall in enumerate(settings["falls"]):
            lift = settings["lift"][0] if alert and head == first else 0
            thresholds[head] = THRESHOLD.saturated(thresholds[head] - fall + lift)
        hold[1 - side] = max(hold[1 - side] - 1, 0)
        stays = alert or (is_open and lives)
        hold[side] = settings["hold"][0] if stays else max(hold[side] - 1 + event["joined"], 0)
        kind = first if alert else heads.index(score)
        return {"alert": alert, "episode": alert or is_open, "kind": kind, "score": score}


class Pipeline(Block):
    def reset(self) -> None:
        blocks: dict[str, type[Block]] = {
            "parent": Parent,
            "volume": Volume,
            "pattern": Pattern,
            "score": Score,
            "alert": Alert,
        }
        self.blocks = {name: kind(self.p[name], self.settings) for name, kind in blocks.items()}

    def configure(self, settings: dict[str, list[int]]) -> None:
        super().configure(settings)
        for block in self.blocks.values():
            block.configure(settings)

    def take(self, event: Event) -> Event:
        known: dict[str, Any] = {**event, **self.blocks["parent"].take(event)}
        known |= {"print": log2(event["size"]), "parent": log2(known["parent_size"])}
        known |= self.blocks["volume"].take(known)
        known |= self.blocks["pattern"].take(known)
        names = ("above_print", "above_parent", "z_window", "surprise", "order")
        evidence = [known[name] for name in (*names, "persistence", "impact")]
        known["evidence"] = evidence + known["match"]
        known |= self.blocks["score"].take(known)
        known |= self.blocks["alert"].take(known)
        flags = ("alert", "episode", "joined", "late", "loud")
        return {**known, "flags": sum(known[name] << place for place, name in enumerate(flags))}
