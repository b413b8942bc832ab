"""Golden model: what Hydrophone computes, in integers, and the formats that all share."""
