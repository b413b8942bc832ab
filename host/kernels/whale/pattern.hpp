// Pattern evidence: shape, repetition and persistence of a symbol's recent flow; see
// hydrophone_model.whale.pattern.
#pragma once

#include "core/flow.hpp"
#include "core/state.hpp"
#include "core/state_archive.hpp"
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
        const Column& price;
        const Column& size;
        const Column& side;
        const Column& joined;
        const Column& move;
        const Column& print;
        const Column& above_print;
    };
    struct Output {
        // A column for every kind.
        Columns match;
        Column& order;
        Column& surprise;
        Column& persistence;
        Column& impact;
    };

    Pattern(const Params& p, Layouts& layouts)
        : entropy_evidence_(p.entropy),
          entropy_(p.entropy, layouts),
          persistence_(p.persistence, layouts),
          distance_(p.distance),
          flows_(layouts.symbol.reserve<i8>(distance_.length(), 16)),
          correlation_(p.correlation, layouts),
          repeat_(p.repeat, layouts) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        using model::formats::EVIDENCE;
        Column flow, octave, full;
        for (std::size_t i = 0; i < at.count; ++i) {
            flow[i] = signed_flow(in.print[i], in.side[i]);
            octave[i] = entropy_evidence_.bin(in.print[i]);
        }
        entropy_.process(at, {.bin = octave}, {.entropy = out.order, .full = full});
        repeat_.process(at,
                        {.price = in.price, .size = in.size, .side = in.side, .joined = in.joined},
                        {.surprise = out.surprise});
        persistence_.process(at,
                             {.side = in.side, .joined = in.joined, .above_print = in.above_print},
                             {.persistence = out.persistence});
        correlation_.process(at, {.x = flow, .y = in.move}, {.correlation = out.impact});
        match(at, flow, in.side, out.match);

        constexpr int impact_down = model::correlation::CORRELATION.fraction - EVIDENCE.fraction;
        for (std::size_t i = 0; i < at.count; ++i) {
            out.order[i] = entropy_evidence_(out.order[i], full[i] != 0);
            out.impact[i] = most<i64>(out.impact[i], 0) >> impact_down;
        }
    }

    void state(std::byte* symbol, StateArchive& archive) const {
        archive(flows_.at(symbol), distance_.length());
        entropy_.state(symbol, archive);
        repeat_.state(symbol, archive);
        persistence_.state(symbol, archive);
        correlation_.state(symbol, archive);
    }

  private:
    static constexpr std::size_t NOISE = model::pattern::NOISE;
    static_assert(model::formats::FLOW.width <= 8, "flows are kept in bytes");
    static_assert(NOISE == model::wiring::KINDS && NOISE < Distance::GROUPS);

    // How much nearer the last flows are to each kind's templates than to noise.
    template <class Chunk>
    HYDROPHONE_INLINE void match(const Chunk& at, const Column& flow, const Column& side,
                                 const Columns& out) const {
        Column distances[NOISE + 1];
#if !defined(HYDROPHONE_SCALAR)
        if (distance_.is_short()) [[likely]] {
            measure_short(at, flow, side, distances);
        } else
#endif
        {
            for (std::size_t i = 0; i < at.count; ++i) {
                i64 row[Distance::LENGTH];
                measure(flows_.at(at.symbol[i]), flow[i], side[i], row);
                for (std::size_t group = 0; group <= NOISE; ++group) {
                    distances[group][i] = row[group];
                }
            }
        }
        constexpr int down =
            model::distance::SQUARED_DISTANCE.fraction - model::formats::EVIDENCE.fraction;
        for (std::size_t kind = 0; kind < NOISE; ++kind) {
            for (std::size_t i = 0; i < at.count; ++i) {
                out[kind][i] = most<i64>(distances[NOISE][i] - distances[kind][i], 0) >> down;
            }
        }
    }

#if !defined(HYDROPHONE_SCALAR)
    template <class Chunk>
    HYDROPHONE_INLINE void measure_short(const Chunk& at, const Column& flow, const Column& side,
                                         Column (&distances)[NOISE + 1]) const {
        Column nearest[NOISE + 1], energy;
        for (std::size_t i = 0; i < at.count; ++i) {
            i8* const flows = flows_.at(at.symbol[i]);
            const i8x16 newest = i8x16{} + static_cast<i8>(flow[i]);
            const i8x16 window = __builtin_shufflevector(load<i8x16>(flows), newest, 1, 2, 3, 4, 5,
                                                         6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
            store(flows, window);
            alignas(32) i32 row[Distance::GROUPS];
            energy[i] = distance_.compare(short_haar(window), side[i] != 0, row);
            for (std::size_t group = 0; group <= NOISE; ++group) {
                nearest[group][i] = row[group];
            }
        }
        log2(energy, energy, at.count);
        for (std::size_t group = 0; group <= NOISE; ++group) {
            Distance::distances_of(nearest[group], energy, distances[group], at.count);
        }
    }
#endif

    // Any length of window.
    void measure(i8* flows, i64 flow, i64 side, i64* distances) const {
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

    EntropyEvidence entropy_evidence_;
    Entropy entropy_;
    Persistence persistence_;
    Distance distance_;
    Piece<i8> flows_;
    Correlation correlation_;
    Repeat repeat_;
};

}  // namespace HYDROPHONE_KERNELS
