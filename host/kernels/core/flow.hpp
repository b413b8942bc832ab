// Signed flow of a print and evidence of size entropy: what whale detection and signals share; see
// hydrophone_model.flow.
#pragma once

#include "core/isa.hpp"

namespace HYDROPHONE_KERNELS {

// Signed flow of a print: its log2 size in half octaves, with the sign of its side.
HYDROPHONE_INLINE i64 signed_flow(i64 print, i64 side) {
    const i64 magnitude = model::flow::FLOW_OFFSET + (print >> model::flow::HALF_OCTAVE);
    return signed_by(-side, magnitude);
}

// Evidence of size entropy: bits that it lies below its maximum.
class EntropyEvidence {
  public:
    explicit EntropyEvidence(const params::EntropyParams& p)
        : most_bits_(least<i64>(p.bin.integer, exact_log2(p.window))
                     << model::entropy::ENTROPY.fraction),
          last_bin_(p.bin.max) {}

    // The bin of a print's log2 size.
    HYDROPHONE_INLINE i64 bin(i64 print) const {
        return least(print >> model::formats::LOG.fraction, last_bin_);
    }

    HYDROPHONE_INLINE i64 operator()(i64 entropy, bool full) const {
        constexpr int down = model::entropy::ENTROPY.fraction - model::formats::EVIDENCE.fraction;
        return keep(full, most<i64>(most_bits_ - entropy, 0) >> down);
    }

  private:
    i64 most_bits_;
    i64 last_bin_;
};

}  // namespace HYDROPHONE_KERNELS
