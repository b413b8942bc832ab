"""JSON Schema of what the server says; docs/serve.md shows where."""

from typing import Any

from hydrophone_model.records import Kind, Side

_NUMBER = {"type": "integer", "minimum": 0}
ALERT: dict[str, Any] = {
    "type": "object",
    "description": "An alert that opened.",
    "required": ["sequence", "time_ns", "symbol", "side", "kind", "score", "parent_size", "price"],
    "additionalProperties": False,
    "properties": {
        "sequence": {**_NUMBER, "description": "Position of its event in the run."},
        "time_ns": {**_NUMBER, "description": "Exchange timestamp, nanoseconds since the epoch."},
        "symbol": {"type": "string"},
        "side": {"enum": [side.name.lower() for side in Side]},
        "kind": {"enum": [kind.name.lower() for kind in Kind]},
        "score": {"type": "number", "description": "-log2 of its tail probability."},
        "parent_size": {"type": "number", "description": "The parent order so far."},
        "price": {"type": "number"},
        "best": {"type": ["string", "null"], "description": "With --fuse: the best candidate."},
    },
}
MESSAGE: dict[str, Any] = {
    "type": "object",
    "description": "Alerts that follow one another, as GET /alerts and its WebSocket say them.",
    "required": ["first", "next", "missed", "ended", "alerts"],
    "additionalProperties": False,
    "properties": {
        "first": {**_NUMBER, "description": "Number of the first one, from the run's beginning."},
        "next": {**_NUMBER, "description": "What to ask for next: /alerts?from=NEXT."},
        "missed": {**_NUMBER, "description": "Alerts before them that are no longer kept."},
        "ended": {"type": "boolean", "description": "Whether no more will come."},
        "alerts": {"type": "array", "items": {"$ref": "#/$defs/alert"}},
    },
}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "hydrophone serve",
    "$ref": "#/$defs/alerts",
    "$defs": {"alert": ALERT, "alerts": MESSAGE},
}
