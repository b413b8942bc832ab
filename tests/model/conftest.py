"""Properties run without a deadline: shared machines are slow at times. A failure prints how to
repeat it."""

from hypothesis import settings

settings.register_profile("model", deadline=None, print_blob=True)
settings.load_profile("model")
