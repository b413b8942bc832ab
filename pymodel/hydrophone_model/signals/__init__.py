"""Signals that score candidates from the stream of events, and what feeds them to the fusion."""
