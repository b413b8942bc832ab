"""Verification report: for people, for programs (JSON) and for CI systems (JUnit)."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    from hydrophone_model.timing import Timing
    from hydrophone_sim.benches.run import Failure
    from hydrophone_sim.compare import Broken, Mismatch
    from hydrophone_sim.coverage import Coverage

FORMAT = 1
"""Of the JSON document: another one where a key has gone or means something else."""
SUITE = "hydrophone verify"
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DETAILS = ("source", "event", "cycle", "symbol", "field", "expected", "actual")


@dataclass(frozen=True, kw_only=True)
class Result:
    """Verdict on one block on one engine.

    Attributes:
        block: Its name.
        engine: ``cxxrtl``, ``verilated``, ``cocotb`` or ``kernel``.
        timing: What the hardware was made for; None for a kernel.
        events: Compared.
        clocks: Of the hardware; None where none are counted.
        seconds: It took.
        faults: What differs; nothing if all is equal.
    """

    block: str
    engine: str
    timing: "Timing | None" = None
    events: int | None = None
    clocks: int | None = None
    seconds: float | None = None
    faults: "tuple[Mismatch | Broken | Failure, ...]" = ()

    @property
    def against(self) -> str:
        """Engine and target."""
        return f"{self.engine}/{self.timing.target}" if self.timing else self.engine

    def line(self, width: int) -> str:
        """A row of the table, whose first column is so wide."""
        events = "" if self.events is None else f"{self.events:,}"
        clocks = "" if self.clocks is None else f"{self.clocks:,}"
        done = self.clocks or self.events or 0
        rate = f"{done / self.seconds:,.0f}" if self.seconds else ""
        verdict = "DIFFERS" if self.faults else "equal"
        counts = f"{events:>11} {clocks:>11} {rate:>11}"
        return f"{self.block:{width}} {self.against:14} {counts}  {verdict}"


@dataclass(kw_only=True)
class Report:
    """A proof.

    Attributes:
        version: Of hydrophone.
        configuration: Name of the configuration.
        seed: Of everything random.
        results: Of each block and engine.
        sources: Events of each source that went through the model.
        passed_over: Why blocks that were not named were left out.
        notes: Lines for people that come before the table.
        coverage: What the stimulus reached of each block's hardware, if that was asked for.
    """

    version: str
    configuration: str
    seed: int
    results: list[Result] = field(default_factory=list[Result])
    sources: dict[str, int] = field(default_factory=dict[str, int])
    passed_over: dict[str, str] = field(default_factory=dict[str, str])
    notes: list[str] = field(default_factory=list[str])
    coverage: "list[Coverage]" = field(default_factory=list["Coverage"])

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not any(result.faults for result in self.results)

    def lines(self) -> Iterator[str]:
        """The report for a person."""
        yield f"configuration {self.configuration}, seed {self.seed}"
        timings = dict.fromkeys(str(result.timing) for result in self.results if result.timing)
        if timings:
            yield f"hardware for {', '.join(timings)}"
        yield from self.notes
        width = max([12, *(len(result.block) for result in self.results)])
        yield f"{'block':{width}} {'against':14} {'events':>11} {'clocks':>11} {'per second':>11}"
        for result in self.results:
            yield result.line(width)
        if self.coverage:
            yield f"{'block':12} {'target':8} {'lines':>15} {'toggles':>19}"
        yield from (covered.line() for covered in self.coverage)
        for source, events in self.sources.items():
            yield f"{events:,} {source} events through the model"
        for result in self.results:
            for fault in result.faults:
                yield f"mismatch: {fault}"

    def document(self) -> dict[str, Any]:
        """The report for a program; docs/proof.md describes each key."""
        return {
            "format": FORMAT,
            "hydrophone": self.version,
            "configuration": self.configuration,
            "seed": self.seed,
            "equal": self.equal,
            "results": [_result(result) for result in self.results],
            "sources": self.sources,
            "passed_over": self.passed_over,
            "coverage": [asdict(covered) for covered in self.coverage],
        }

    def json(self) -> str:
        """The document as text."""
        return json.dumps(self.document(), indent=2)

    def junit(self) -> str:
        """The same for CI systems: a test case for each block and engine."""
        failed = sum(bool(result.faults) for result in self.results)
        seconds = sum(result.seconds or 0.0 for result in self.results)
        counts = {
            "name": SUITE,
            "tests": str(len(self.results)),
            "failures": str(failed),
            "errors": "0",
            "time": f"{seconds:.3f}",
        }
        root = ElementTree.Element("testsuites", counts)
        suite = ElementTree.SubElement(root, "testsuite", {**counts, "skipped": "0"})
        properties = ElementTree.SubElement(suite, "properties")
        values = {
            "hydrophone": self.version,
            "configuration": self.configuration,
            "seed": str(self.seed),
        }
        for name, value in values.items():
            ElementTree.SubElement(properties, "property", {"name": name, "value": _xml(value)})
        for result in self.results:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                {
                    "classname": re.sub("[ /]", ".", f"{SUITE}.{result.against}"),
                    "name": _xml(result.block),
                    "time": f"{result.seconds or 0.0:.3f}",
                },
            )
            if result.faults:
                message = _xml("\n".join(map(str, result.faults)))
                short = message.partition("\n")[0]
                failure = ElementTree.SubElement(
                    case, "failure", {"message": short, "type": "mismatch"}
                )
                failure.text = message
        ElementTree.indent(root)
        text = ElementTree.tostring(root, encoding="unicode")
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _result(result: Result) -> dict[str, Any]:
    timing = result.timing
    return {
        "block": result.block,
        "engine": result.engine,
        "target": timing.target if timing else None,
        "clock_mhz": timing.clock_mhz if timing else None,
        "equal": not result.faults,
        "events": result.events,
        "clocks": result.clocks,
        "seconds": None if result.seconds is None else round(result.seconds, 3),
        "mismatches": [fault(found) for found in result.faults],
    }


def fault(found: "Mismatch | Broken | Failure") -> dict[str, Any]:
    """One difference, as the document tells it."""
    values = asdict(found)
    waveform = values["waveform"]
    return {
        "message": str(found),
        **{name: values.get(name) for name in _DETAILS},
        "waveform": waveform["path"] or None,
        "viewer": waveform["viewer"] or None,
        "fst": waveform["fst"] or None,
    }


def _xml(text: str) -> str:
    """A text without the characters that XML has no place for."""
    return _NO_XML.sub("?", text)
