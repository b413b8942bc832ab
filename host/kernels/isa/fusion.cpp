// The fusion as an engine and as a block, compiled once for every instruction set.
#include "fusion/fusion.hpp"

#include "dsp/reciprocal.hpp"
#include "fusion/batched_fusion.hpp"
#include "isa/block.hpp"

namespace HYDROPHONE_KERNELS {
namespace {

template <class Kernel>
class FusionEngineOf final : public FusionEngine {
  public:
    FusionEngineOf(const params::FusionParams& p, const DecisionLayout& layout)
        : kernel_(p, layout) {}

    void reset() override { kernel_.reset(); }

    bool reconfigure(const params::FusionParams& p) override {
        if (!kernel_.fits(p)) {
            return false;
        }
        kernel_.reconfigure(p);
        return true;
    }

    void process(const FusionInput& input, std::byte* decisions, std::size_t count) override {
        kernel_.process(input, decisions, count);
    }

  private:
    Kernel kernel_;
};

// A record for any number of systems and candidates.
struct Record {
    i32 performance[MAX_SYSTEMS];
    u16 fused_scores[SIDE * MAX_CANDIDATES];
    u16 fused_ranks[SIDE * MAX_CANDIDATES];
    u16 diversity[MAX_SYSTEMS];
    u8 rank[MAX_CANDIDATES];
    u8 used[MAX_SYSTEMS];
    u8 decided;
    u8 best;
};

class FusionBlock final : public Block {
  public:
    explicit FusionBlock(const params::FusionParams& p) : engine_(make_fusion_engine(p, LAYOUT)) {}
    ~FusionBlock() override { delete engine_; }
    FusionBlock(const FusionBlock&) = delete;
    FusionBlock& operator=(const FusionBlock&) = delete;

    void reset() override { engine_->reset(); }

    void process(const Array* inputs, std::size_t, const Array* outputs, std::size_t,
                 std::size_t events) override {
        for (std::size_t first = 0; first < events; first += CHUNK) {
            some(inputs, outputs, first, least(CHUNK, events - first));
        }
    }

  private:
    static constexpr DecisionLayout LAYOUT = {
        offsetof(Record, decided),      offsetof(Record, best),        offsetof(Record, rank),
        offsetof(Record, fused_scores), offsetof(Record, fused_ranks), offsetof(Record, used),
        offsetof(Record, diversity),    offsetof(Record, performance), sizeof(Record)};

    void some(const Array* in, const Array* out, std::size_t first, std::size_t count) {
        i16 scores[CHUNK * MAX_SYSTEMS * MAX_CANDIDATES], outcome[CHUNK * MAX_CANDIDATES];
        u8 present[CHUNK * MAX_CANDIDATES], learn[CHUNK];
        take(in[0], first, count, scores);
        take(in[1], first, count, present);
        take(in[2], first, count, outcome);
        take(in[3], first, count, learn);
        Record records[CHUNK];
        engine_->process({scores, present, outcome, learn}, reinterpret_cast<std::byte*>(records),
                         count);
        for (std::size_t i = 0; i < count; ++i) {
            const Record& record = records[i];
            const std::size_t event = first + i;
            give(&record.decided, out[0], event);
            give(&record.best, out[1], event);
            give(record.rank, out[2], event);
            give(record.fused_scores, out[3], event);
            give(record.fused_ranks, out[4], event);
            give(record.used, out[5], event);
            give(record.diversity, out[6], event);
            give(record.performance, out[7], event);
        }
    }

    template <class T>
    static void take(const Array& array, std::size_t first, std::size_t count, T* values) {
        for (std::size_t i = 0; i < count * array.count; ++i) {
            values[i] = static_cast<T>(array.data[first * array.count + i]);
        }
    }

    template <class T>
    static void give(const T* values, const Array& array, std::size_t event) {
        for (std::size_t i = 0; i < array.count; ++i) {
            array.data[event * array.count + i] = values[i];
        }
    }

    FusionEngine* engine_;
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

}  // namespace

FusionEngine* make_fusion_engine(const params::FusionParams& p, const DecisionLayout& layout) {
#if defined(HYDROPHONE_SCALAR)
    return new (std::nothrow) FusionEngineOf<Fusion>(p, layout);
#else
    if (p.systems > 8) {
        return new (std::nothrow) FusionEngineOf<BatchedFusion<2, 0>>(p, layout);
    }
    if (p.candidates == 16) {
        return new (std::nothrow) FusionEngineOf<BatchedFusion<1, 16>>(p, layout);
    }
    return new (std::nothrow) FusionEngineOf<BatchedFusion<1, 0>>(p, layout);
#endif
}

Block* make_fusion(const params::FusionParams& p) { return make<FusionBlock>(p); }
Block* make_reciprocal(const params::ReciprocalParams& p) { return make<ReciprocalBlock>(p); }

}  // namespace HYDROPHONE_KERNELS
