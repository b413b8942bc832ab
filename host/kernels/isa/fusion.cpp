// The fusion as an engine and as a block, compiled once for every instruction set.
#include "fusion/fusion.hpp"

#include "fusion/batched_fusion.hpp"
#include "isa/block.hpp"
#include "isa/decision_record.hpp"
#include "isa/owned.hpp"

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

    bool exchange_state(const StateRecord& record, std::byte* records, bool loading) override {
        StateArchive archive(record, loading);
        archive.begin(records);
        kernel_.state(archive);
        return archive.complete();
    }

    void process(const FusionInput& input, std::byte* decisions, std::size_t count) override {
        kernel_.process(input, decisions, count);
    }

  private:
    Kernel kernel_;
};

class FusionBlock final : public Block {
  public:
    explicit FusionBlock(const params::FusionParams& p)
        : engine_(make_fusion_engine(p, DecisionRecord::layout())) {}

    void reset() override { engine_->reset(); }

    void process(const Array* inputs, std::size_t, const Array* outputs, std::size_t,
                 std::size_t events) override {
        const auto in = Params::inputs<Array>([inputs]() mutable { return *inputs++; });
        for (std::size_t first = 0; first < events; first += CHUNK) {
            process_chunk(in, outputs, first, least(CHUNK, events - first));
        }
    }

  private:
    using Params = params::FusionParams;

    void process_chunk(const Params::Inputs<Array>& in, const Array* outputs, std::size_t first,
                       std::size_t count) {
        i16 scores[CHUNK * MAX_SYSTEMS * MAX_CANDIDATES], outcome[CHUNK * MAX_CANDIDATES];
        u8 present[CHUNK * MAX_CANDIDATES], learn[CHUNK];
        read_port(in.scores, first, count, scores);
        read_port(in.present, first, count, present);
        read_port(in.outcome, first, count, outcome);
        read_port(in.learn, first, count, learn);
        DecisionRecord records[CHUNK];
        engine_->process({.scores = scores, .present = present, .outcome = outcome, .learn = learn},
                         records->bytes(), count);
        for (std::size_t i = 0; i < count; ++i) {
            records[i].write(Params::outputs<Elements>(elements_of(outputs, first + i)));
        }
    }

    template <class T>
    static void read_port(const Array& port, std::size_t first, std::size_t count, T* values) {
        for (std::size_t i = 0; i < count * port.count; ++i) {
            values[i] = static_cast<T>(port.data[first * port.count + i]);
        }
    }

    Owned<FusionEngine> engine_;
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

template <>
Block* make_block<Fusion>(const params::FusionParams& p) {
    return make<FusionBlock>(p);
}

HYDROPHONE_FUSION_BLOCKS(HYDROPHONE_DEFINE_MAKER)

}  // namespace HYDROPHONE_KERNELS
