"""Test vectors: stimulus and expected results as files, for implementations that are not ours.

`hydrophone_sim.vectors.write` leaves a folder, `hydrophone_sim.vectors.check` holds an
implementation's results against it; docs/vectors.md says the form.
"""
