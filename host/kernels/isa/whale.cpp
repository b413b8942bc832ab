// The blocks of the whale pipeline by themselves, fed with columns, and the pipeline as such a
// block.
#include "isa/block.hpp"
#include "isa/owned.hpp"
#include "whale/alert.hpp"
#include "whale/parent.hpp"
#include "whale/pattern.hpp"
#include "whale/persistence.hpp"
#include "whale/repeat.hpp"
#include "whale/score.hpp"
#include "whale/volume.hpp"

namespace HYDROPHONE_KERNELS {
namespace {

// The fields of an event that are ports, from the ports of their names; the others are zero.
template <class Ports>
Event read_event(const Ports& ports) {
    Event event = {};
#define X(field, Type)                                 \
    if constexpr (requires { ports.field; }) {         \
        event.field = static_cast<Type>(*ports.field); \
    }
    HYDROPHONE_EVENT(X)
#undef X
    return event;
}

class PipelineBlock final : public RowBlock<PipelineBlock, params::PipelineParams> {
  public:
    explicit PipelineBlock(const params::PipelineParams& p) : engine_(make_engine(p)) {}

    void reset() override { engine_->reset(); }

    void row(const Inputs& in, const Outputs& out) {
        const Event event = read_event(in);
        Result result;
        engine_->process(&event, &result, 1);
#define X(field, Type) write_port(out.field, result.field);
        HYDROPHONE_RESULT(X)
#undef X
    }

  private:
    Owned<Engine> engine_;
};

}  // namespace

template <>
Block* make_block<class Pipeline>(const params::PipelineParams& p) {
    return make<PipelineBlock>(p);
}

HYDROPHONE_WHALE_BLOCKS(HYDROPHONE_DEFINE_MAKER)

}  // namespace HYDROPHONE_KERNELS
