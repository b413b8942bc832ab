"""From a description of arithmetic to a pipeline: operations, their costs, a schedule."""
