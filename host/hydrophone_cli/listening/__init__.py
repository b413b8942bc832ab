"""A run of ``hydrophone listen``: a tape through a session, batch by batch, to its sinks."""
