"""The golden model: what Hydrophone computes, in integers, and the formats every face shares."""
