"""What a run of the synthesis tools raises."""

from hydrophone_model.errors import ToolError


class SynthesisError(ToolError):
    """A tool failed; the message ends with what it said last."""
