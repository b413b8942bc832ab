// Squared distance of a shape to the nearest template of each group; see
// hydrophone_model.dsp.distance.
#pragma once

#include "dsp/exp2.hpp"
#include "dsp/haar.hpp"

namespace HYDROPHONE_KERNELS {

class Distance {
  public:
    static constexpr std::size_t LENGTH = static_cast<std::size_t>(params::HAAR_LENGTH_MAX);
    // Groups of a short shape: one vector lane each.
    static constexpr std::size_t GROUPS = 8;
    static constexpr std::size_t PAIRS = SHORT_WINDOW / 2;

    explicit Distance(const params::DistanceParams& p)
        : length_(static_cast<std::size_t>(p.length)),
          groups_(static_cast<std::size_t>(p.group_count)),
          count_(p.groups.count),
          group_of_(p.groups.data),
          templates_(p.templates.data),
          shifts_(p.shifts.data) {
        fits_ = length_ == SHORT_WINDOW && p.sample.width <= 8 && p.weighted.width <= 16 &&
                groups_ <= GROUPS && arrange();
    }

    // Whether `nearest(ShortShape)` serves these parameters.
    bool is_short() const { return VECTORS && fits_; }

    // Any length: coefficients as `haar` gives them, distances of all groups out.
    void measure(const i64* coefficients, bool flip, i64* distances) const {
        i64 weighted[LENGTH];
        i64 energy = 0;
        for (std::size_t i = 0; i < length_; ++i) {
            weighted[i] = coefficients[i] << shifts_[i];
            energy += weighted[i] * weighted[i];
        }
        i64 nearest[LENGTH];
        for (std::size_t group = 0; group < groups_; ++group) {
            nearest[group] = 0;
        }
        for (std::size_t row = 0; row < count_; ++row) {
            i64 dot = 0;
            for (std::size_t i = 0; i < length_; ++i) {
                dot += weighted[i] * templates_[row * length_ + i];
            }
            i64& best = nearest[group_of_[row]];
            best = most(best, flip ? -dot : dot);
        }
        distances_of(nearest, log2(static_cast<u64>(energy)), distances);
    }

#if !defined(HYDROPHONE_SCALAR)
    // Of a short shape: the largest dot product of each group, at least zero, and the energy.
    // Templates are laid out so that a vector holds one template of every group: the largest of a
    // group is then a maximum between vectors.
    HYDROPHONE_INLINE i64 compare(ShortShape shape, bool flip, i32 (&nearest)[GROUPS]) const {
        const i16x8 weighted[2] = {shape.coarse << load<i16x8>(short_shifts_),
                                   shape.fine << load<i16x8>(short_shifts_ + 8)};
        // Pairs of coefficients travel together.
        alignas(16) i32 pairs[PAIRS];
        store(pairs, weighted[0]);
        store(pairs + PAIRS / 2, weighted[1]);
        nearest_dots(pairs, flip ? -1 : 0, nearest);
        // A pair of squares reaches 2**31: as unsigned it fits, so the sums widen first.
        typedef u64 u64x2 __attribute__((vector_size(16)));
        u64x2 sums = {0, 0};
        for (const i16x8 half : weighted) {
            const u64x2 squares = reinterpret_cast<u64x2>(multiply_pairs(half, half));
            sums += (squares & 0xFFFFFFFF) + (squares >> 32);
        }
        return static_cast<i64>(sums[0] + sums[1]);
    }

    // Distances of one event, of what `compare` found.
    void distances_of(const i32 (&nearest)[GROUPS], i64 energy, i64* distances) const {
        i64 wide[GROUPS];
        for (std::size_t group = 0; group < GROUPS; ++group) {
            wide[group] = nearest[group];
        }
        distances_of(wide, log2(static_cast<u64>(energy)), distances);
    }
#endif

    // Distances of one group from largest dot products, at least zero, and log2 of energies.
    HYDROPHONE_INLINE static void distances_of(const Column& nearest, const Column& log2_energy,
                                               Column& distances, std::size_t count) {
        Column exponent;
        log2(nearest, exponent, count);
        for (std::size_t i = 0; i < count; ++i) {
            exponent[i] -= (log2_energy[i] >> 1) + NORM;
        }
        exp2<model::distance::COSINE>(exponent, distances, count);
        for (std::size_t i = 0; i < count; ++i) {
            const i64 cosine = keep(nearest[i] > 0, least(distances[i], ONE));
            distances[i] = 2 * (ONE - cosine);
        }
    }

    std::size_t length() const { return length_; }
    std::size_t groups() const { return groups_; }

  private:
    // Lays out the templates for short shapes; false if a group has too many of them.
    bool arrange() {
        std::size_t filled[GROUPS] = {};
        for (std::size_t row = 0; row < count_; ++row) {
            const auto group = static_cast<std::size_t>(group_of_[row]);
            if (filled[group] == DEPTH) {
                return false;
            }
            place(filled[group]++, group, row);
            depth_ = most(depth_, filled[group]);
        }
        for (std::size_t row = 0; row < count_; ++row) {
            const auto group = static_cast<std::size_t>(group_of_[row]);
            while (filled[group] < depth_) {
                place(filled[group]++, group, row);
            }
        }
        for (std::size_t i = 0; i < SHORT_WINDOW; ++i) {
            short_shifts_[i] = static_cast<i16>(shifts_[i]);
        }
        return true;
    }

    void place(std::size_t depth, std::size_t group, std::size_t row) {
        for (std::size_t i = 0; i < SHORT_WINDOW; ++i) {
            pairs_[i / 2][depth][group][i % 2] =
                static_cast<i16>(templates_[row * SHORT_WINDOW + i]);
        }
    }

    HYDROPHONE_INLINE void distances_of(const i64* nearest, i64 log2_energy, i64* distances) const {
        const i64 norm = (log2_energy >> 1) + NORM;
        for (std::size_t group = 0; group < groups_; ++group) {
            const i64 dot = nearest[group];
            const i64 cosine =
                least(exp2<model::distance::COSINE>(log2(static_cast<u64>(dot)) - norm), ONE);
            distances[group] = 2 * (ONE - keep(dot > 0, cosine));
        }
    }

#if !defined(HYDROPHONE_SCALAR)
    // Largest dot product of each group, at least zero. `turn` is -1 to negate them, else 0.
#if defined(__AVX512BW__)
    HYDROPHONE_INLINE void nearest_dots(const i32 (&weighted)[PAIRS], i32 turn,
                                        i32* nearest) const {
        const __m512i turns = _mm512_set1_epi32(turn);
        __m512i best = _mm512_setzero_si512();
        // Two templates of every group at once; an odd last one meets zeros.
        for (std::size_t place = 0; place < depth_; place += 2) {
            __m512i dots = _mm512_setzero_si512();
            for (std::size_t pair = 0; pair < PAIRS; ++pair) {
                const __m512i products = _mm512_madd_epi16(_mm512_set1_epi32(weighted[pair]),
                                                           _mm512_load_si512(pairs_[pair][place]));
                dots = _mm512_add_epi32(dots, products);
            }
            dots = _mm512_sub_epi32(_mm512_xor_si512(dots, turns), turns);
            best = _mm512_max_epi32(best, dots);
        }
        _mm256_store_si256(
            reinterpret_cast<__m256i*>(nearest),
            _mm256_max_epi32(_mm512_castsi512_si256(best), _mm512_extracti64x4_epi64(best, 1)));
    }
#else
    HYDROPHONE_INLINE void nearest_dots(const i32 (&weighted)[PAIRS], i32 turn,
                                        i32* nearest) const {
        for (std::size_t group = 0; group < GROUPS; group += WIDTH) {
            i32xn best = {};
            for (std::size_t place = 0; place < depth_; ++place) {
                i32xn dots = {};
                for (std::size_t pair = 0; pair < PAIRS; ++pair) {
                    dots += multiply_pairs(i32xn{} + weighted[pair],
                                           load<i32xn>(pairs_[pair][place][group]));
                }
                dots = (dots ^ turn) - turn;
                best = dots > best ? dots : best;
            }
            store(nearest + group, best);
        }
    }
#endif
#endif

    static constexpr std::size_t DEPTH = 4;
    static constexpr i64 NORM = model::distance::NORM_LOG2 << model::log2::FRACTION;
    static constexpr i64 ONE = i64{1} << model::distance::COSINE.fraction;

    std::size_t length_;
    std::size_t groups_;
    std::size_t count_;
    const i64* group_of_;
    const i64* templates_;
    const i64* shifts_;
    std::size_t depth_ = 0;
    bool fits_ = false;
    alignas(32) i16 short_shifts_[SHORT_WINDOW] = {};
    // [pair of coefficients][place in group][group][coefficient of the pair]
    alignas(64) i16 pairs_[PAIRS][DEPTH][GROUPS][2] = {};
};

}  // namespace HYDROPHONE_KERNELS
