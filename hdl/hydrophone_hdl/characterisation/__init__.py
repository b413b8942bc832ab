"""Characterisation: measures what operations cost on a device family, for the delay files."""
