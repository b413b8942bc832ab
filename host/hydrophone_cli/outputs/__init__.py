"""Output files of commands: drafts, JSON lines, tables, and what becomes of them at an end."""
