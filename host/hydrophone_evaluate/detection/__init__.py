"""Evaluation of detection: known whales injected into real tapes, beside baseline detectors.

    tapes -> injection -> detectors (the pipeline, the baselines) -> metrics -> report
                       -> fit: weights, first ladder and first thresholds for a configuration

Everything a detector does is causal: what it says of an event depends on that event and earlier
ones only. What is learned beforehand is learned on other tapes than those reported on.
"""
