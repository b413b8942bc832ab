// Shape, repetition and persistence of a symbol's recent flow; see hydrophone_model.whale.pattern.
#pragma once

#include "core/state.hpp"
#include "dsp/correlation.hpp"
#include "dsp/distance.hpp"
#include "dsp/entropy.hpp"
#include "dsp/haar.hpp"
#include "whale/persistence.hpp"
#include "whale/repeat.hpp"

namespace HYDROPHONE_KERNELS {

class Pattern {
  public:
    using Params = params::PatternParams;
    struct Input {
        i64 symbol;
        i64 price;
        i64 size;
        i64 side;
        i64 joined;
        i64 move;
        i64 print;
        i64 z_print;
    };
    struct Output {
        i64 match[model::wiring::KINDS];
        i64 order;
        i64 surprise;
        i64 persistence;
        i64 impact;
    };

    Pattern(const Params& p, Layouts& layouts)
        : most_bits_(least<i64>(p.entropy.bin.integer, exact_log2(p.entropy.window))
                     << model::entropy::ENTROPY.fraction),
          last_bin_(p.entropy.bin.max),
          entropy_(p.entropy, layouts),
          persistence_(p.persistence, layouts),
          distance_(p.distance),
          flows_(layouts.symbol.reserve<i8>(distance_.length(), 16)),
          correlation_(p.correlation, layouts),
          repeat_(p.repeat, layouts) {}

    HYDROPHONE_INLINE Output step(Place at, const Input& in) const {
        const auto slots = repeat_.slots(static_cast<u32>(in.price), static_cast<u32>(in.size),
                                         static_cast<u32>(in.side));
        return step(at, in, slots);
    }

    HYDROPHONE_INLINE Output step(Place at, const Input& in, const Repeat::Slots& slots) const {
        using model::formats::EVIDENCE;
        const i64 magnitude =
            model::pattern::FLOW_OFFSET + (in.print >> model::pattern::HALF_OCTAVE);
        const i64 flow = in.side ? -magnitude : magnitude;
        const i64 octave = least(in.print >> model::formats::LOG.fraction, last_bin_);

        Output out;
        const auto entropy = entropy_.step(at, {in.symbol, octave});
        const i64 order = most<i64>(most_bits_ - entropy.entropy, 0) >>
                          (model::entropy::ENTROPY.fraction - EVIDENCE.fraction);
        out.order = entropy.full ? order : 0;
        out.surprise = repeat_.step(at, slots).surprise;
        out.persistence =
            persistence_.step(at, {in.symbol, in.side, in.joined, in.z_print}).persistence;
        const i64 correlation = correlation_.step(at, {in.symbol, flow, in.move}).correlation;
        out.impact = most<i64>(correlation, 0) >>
                     (model::correlation::CORRELATION.fraction - EVIDENCE.fraction);
        match(flows_.at(at.symbol), flow, in.side, out.match);
        return out;
    }

    const Repeat& repeat() const { return repeat_; }

  private:
    static constexpr i64 NOISE = model::pattern::NOISE;
    static_assert(model::formats::FLOW.width <= 8, "flows are kept in bytes");
    static_assert(NOISE < static_cast<i64>(Distance::GROUPS));

    // How much nearer the last flows are to each kind's templates than to noise.
    HYDROPHONE_INLINE void match(i8* flows, i64 flow, i64 side, i64* out) const {
        i64 distances[Distance::GROUPS];
#if !defined(HYDROPHONE_SCALAR)
        if (distance_.is_short()) [[likely]] {
            const i8x16 newest = i8x16{} + static_cast<i8>(flow);
            const i8x16 window = __builtin_shufflevector(load<i8x16>(flows), newest, 1, 2, 3, 4, 5,
                                                         6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
            store(flows, window);
            distance_.measure(short_haar(window), side != 0, distances);
        } else
#endif
        {
            match_any(flows, flow, side, distances);
        }
        constexpr int down =
            model::distance::SQUARED_DISTANCE.fraction - model::formats::EVIDENCE.fraction;
        for (i64 kind = 0; kind < NOISE; ++kind) {
            out[kind] = most<i64>(distances[NOISE] - distances[kind], 0) >> down;
        }
    }

    void match_any(i8* flows, i64 flow, i64 side, i64* distances) const {
        const std::size_t length = distance_.length();
        i64 window[Distance::LENGTH], coefficients[Distance::LENGTH], scratch[Distance::LENGTH];
        for (std::size_t i = 0; i + 1 < length; ++i) {
            flows[i] = flows[i + 1];
        }
        flows[length - 1] = static_cast<i8>(flow);
        for (std::size_t i = 0; i < length; ++i) {
            window[i] = flows[i];
        }
        haar(window, coefficients, scratch, length);
        distance_.measure(coefficients, side != 0, distances);
    }

    i64 most_bits_;
    i64 last_bin_;
    Entropy entropy_;
    Persistence persistence_;
    Distance distance_;
    Piece<i8> flows_;
    Correlation correlation_;
    Repeat repeat_;
};

}  // namespace HYDROPHONE_KERNELS
