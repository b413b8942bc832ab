// The DSP blocks by themselves, fed with columns: how tests and `hydrophone verify` reach them.
#include "dsp/correlation.hpp"
#include "dsp/distance.hpp"
#include "dsp/entropy.hpp"
#include "dsp/exp2.hpp"
#include "dsp/haar.hpp"
#include "dsp/log2.hpp"
#include "dsp/reciprocal.hpp"
#include "isa/block.hpp"

namespace HYDROPHONE_KERNELS {
namespace {

class Log2Block final : public ColumnBlock {
  public:
    explicit Log2Block(const params::Log2Params& p) : width_(p.width) {}

  private:
    // Columns of the pipeline are narrower than the block may be.
    void compute(const Column& in, Column& out, std::size_t count) const override {
        if (width_ < 52) {
            log2(in, out, count);
            return;
        }
        for (std::size_t i = 0; i < count; ++i) {
            out[i] = log2(static_cast<u64>(in[i]));
        }
    }

    i64 width_;
};

class Exp2Block final : public ColumnBlock {
  public:
    explicit Exp2Block(const params::Exp2Params& p)
        : integer_(static_cast<int>(p.integer)), fraction_(static_cast<int>(p.fraction)) {}

  private:
    // The formats of the pipeline have code of their own.
    void compute(const Column& in, Column& out, std::size_t count) const override {
        if (!try_format<model::score::RATIO>(in, out, count) &&
            !try_format<model::distance::COSINE>(in, out, count)) {
            for (std::size_t i = 0; i < count; ++i) {
                out[i] = exp2(in[i], integer_, fraction_);
            }
        }
    }

    template <Fixed output>
    bool try_format(const Column& in, Column& out, std::size_t count) const {
        const bool fits = integer_ == output.integer && fraction_ == output.fraction;
        if (fits) {
            exp2<output>(in, out, count);
        }
        return fits;
    }

    int integer_;
    int fraction_;
};

class ReciprocalBlock final : public ColumnBlock {
  public:
    explicit ReciprocalBlock(const params::ReciprocalParams&) {}

  private:
    void compute(const Column& in, Column& out, std::size_t count) const override {
#if defined(HYDROPHONE_SCALAR)
        for (std::size_t i = 0; i < count; ++i) {
            out[i] = reciprocal(in[i]);
        }
#else
        // A block of words has four numbers of either vector of ints.
        constexpr std::size_t width = 8 * MAX_BLOCKS;
        using Vector = Lanes<MAX_BLOCKS>;
        for (std::size_t first = 0; first < count; first += width) {
            typename Vector::Ints values[2]{};
            for (std::size_t i = 0; i < width; ++i) {
                // The top bit counts as set whatever it is.
                const auto value = static_cast<i32>(in[first + i] | 1 << 15) & 0xFFFF;
                values[i / 4 % 2][i / 8 * 4 + i % 4] = value;
            }
            const auto low = Vector::float_bits(values[0]), high = Vector::float_bits(values[1]);
            typename Vector::Words results[2];
            reciprocal<MAX_BLOCKS>({low, high, low, high}, results);
            for (std::size_t i = 0; i < width; ++i) {
                const auto result = static_cast<u16>(results[0][i]);
                out[first + i] = result ? result : 1 << 16;
            }
        }
#endif
    }
};

class HaarBlock final : public PureBlock<HaarBlock, params::HaarParams> {
  public:
    explicit HaarBlock(const params::HaarParams& p)
        : length_(static_cast<std::size_t>(p.length)), width_(p.sample.width) {}

    void row(const Inputs& in, const Outputs& out) const {
#if !defined(HYDROPHONE_SCALAR)
        if (length_ == SHORT_WINDOW && width_ <= 8) {
            i8x16 window;
            for (std::size_t i = 0; i < SHORT_WINDOW; ++i) {
                window[i] = static_cast<i8>(in.window[i]);
            }
            const ShortShape shape = short_haar(window);
            for (std::size_t i = 0; i < SHORT_WINDOW / 2; ++i) {
                out.coefficients[i] = shape.coarse[i];
                out.coefficients[i + SHORT_WINDOW / 2] = shape.fine[i];
            }
            return;
        }
#endif
        i64 scratch[LONGEST_ROW];
        haar(in.window.data, out.coefficients.data, scratch, length_);
    }

  private:
    std::size_t length_;
    [[maybe_unused]] int width_;
};

class DistanceBlock final : public PureBlock<DistanceBlock, params::DistanceParams> {
  public:
    explicit DistanceBlock(const params::DistanceParams& p) : distance_(p) {}

    void row(const Inputs& in, const Outputs& out) const {
        const bool flip = *in.flip != 0;
#if !defined(HYDROPHONE_SCALAR)
        if (distance_.is_short()) {
            ShortShape shape;
            for (std::size_t i = 0; i < SHORT_WINDOW / 2; ++i) {
                shape.coarse[i] = static_cast<i16>(in.coefficients[i]);
                shape.fine[i] = static_cast<i16>(in.coefficients[i + SHORT_WINDOW / 2]);
            }
            alignas(32) i32 nearest[Distance::GROUPS];
            alignas(64) i64 distances[Distance::GROUPS];
            const i64 energy = distance_.compare(shape, flip, nearest);
            distance_.distances_of(nearest, energy, distances);
            for (std::size_t group = 0; group < distance_.groups(); ++group) {
                out.distance[group] = distances[group];
            }
            return;
        }
#endif
        distance_.measure(in.coefficients.data, flip, out.distance.data);
    }

  private:
    Distance distance_;
};

}  // namespace

template <>
Block* make_block<class Log2>(const params::Log2Params& p) {
    return make<Log2Block>(p);
}
template <>
Block* make_block<class Exp2>(const params::Exp2Params& p) {
    return make<Exp2Block>(p);
}
template <>
Block* make_block<class Reciprocal>(const params::ReciprocalParams& p) {
    return make<ReciprocalBlock>(p);
}
template <>
Block* make_block<class Haar>(const params::HaarParams& p) {
    return make<HaarBlock>(p);
}
template <>
Block* make_block<Distance>(const params::DistanceParams& p) {
    return make<DistanceBlock>(p);
}

HYDROPHONE_DSP_BLOCKS(HYDROPHONE_DEFINE_MAKER)

}  // namespace HYDROPHONE_KERNELS
