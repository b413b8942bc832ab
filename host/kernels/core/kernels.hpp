// Interfaces of engines and blocks: what every instruction set offers to the rest.
//
// Only declarations: this header is included by all compilations of the kernels, and must leave no
// code in them that the linker could confuse with another's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hydrophone_kernels.h"
#include "hydrophone_model.h"

namespace hydrophone {

// A port's values in a batch, `count` of them an event.
struct Array {
    std::int64_t* data;
    std::size_t count;
};

// One block by itself, fed with columns of raw integers as the golden model is.
class Block {
  public:
    virtual ~Block();
    virtual void reset() = 0;
    // Ports stand in the order in which the block's parameters name them.
    virtual void process(const Array* inputs, std::size_t input_count, const Array* outputs,
                         std::size_t output_count, std::size_t events) = 0;
};

// One field of a state's record: elements, little-endian, of 1, 2, 4 or 8 bytes.
struct StateField {
    std::size_t count;
    std::uint8_t bytes;
    bool is_signed;
};

// The fields that a state has of every symbol, of every class of symbols, or of the design; see
// hydrophone_model.state.
struct StateRecord {
    const StateField* fields;
    std::size_t count;
    std::size_t size;
};

enum class StateOf { SYMBOL, CLASS, DESIGN };

// What an engine counted since it was made or reset.
struct Counters {
    std::uint64_t events;
    std::uint64_t alerts;
    std::uint64_t late;
};

// What an engine's state says of a symbol now.
struct SymbolView {
    bool known;
    std::uint8_t side;
    std::uint64_t time_ns;
    std::uint32_t price;
    std::uint32_t parent_size;
    // Of each head, as it is compared with; UINT32_MAX for one that never fires.
    std::uint32_t thresholds[Kind::COUNT];
    // Events that an episode of each side has left.
    std::uint16_t episode[Side::COUNT];
};

// The pipeline with the state of every symbol.
class Engine {
  public:
    virtual ~Engine();
    virtual void reset() = 0;
    // Takes over other parameters without touching any state; false, and nothing done, if they
    // would lay out the state differently.
    virtual bool reconfigure(const params::PipelineParams& params) = 0;
    virtual Counters counters() const = 0;
    virtual void set_counters(const Counters& counters) = 0;
    // Writes the records of all symbols or classes from the state, or reads them into it: what is
    // read must be valid. False if the fields are not those of this engine.
    virtual bool exchange_state(StateOf of, const StateRecord& record, std::byte* records,
                                bool loading) = 0;
    // Of a symbol that there is.
    virtual SymbolView view(std::size_t symbol) const = 0;
    // Index of the first event with a value out of range; `count` if there is none.
    virtual std::size_t first_invalid(const Event* events, std::size_t count) const = 0;
    // Copies events as they are now, each read once: none is out of range, whatever has been
    // written to them since they were found valid. A value beyond its range becomes the nearest
    // within.
    virtual void take(const Event* events, std::size_t count, Event* taken) const = 0;
    // Events, of any alignment, must have been valid; another thread or process may write to them
    // meanwhile. Results must not overlap them.
    virtual void process(const Event* events, Result* results, std::size_t count) = 0;
};

// Batches of decisions to take, one after another in memory.
struct FusionInput {
    // Raw scores, system after system, each its candidates'.
    const std::int16_t* scores;
    // Whether each candidate takes part; all do if there is none.
    const std::uint8_t* present;
    // Whether a decision judges the remembered one by what became of its candidates, and is then
    // remembered itself; none does if there is none.
    const std::int16_t* outcome;
    const std::uint8_t* learn;
};

// Where the fields of a decision lie in its record: bytes from its beginning.
struct DecisionLayout {
#define X(field, Type) std::size_t field;
    HYDROPHONE_DECISION(X)
#undef X
    std::size_t size;
};

// The fusion of scoring systems, with what they have shown.
class FusionEngine {
  public:
    virtual ~FusionEngine();
    virtual void reset() = 0;
    // Takes over another rate and combination; false, and nothing done, if the sizes differ.
    virtual bool reconfigure(const params::FusionParams& params) = 0;
    // As of `Engine`, of the design.
    virtual bool exchange_state(const StateRecord& record, std::byte* records, bool loading) = 0;
    virtual void process(const FusionInput& input, std::byte* decisions, std::size_t count) = 0;
};

// The whale pipeline, and the signal pipeline that decides among candidates on each of its results.
class SignalPipelineEngine {
  public:
    virtual ~SignalPipelineEngine();
    virtual void reset() = 0;
    virtual Counters counters() const = 0;
    // As of `Engine`.
    virtual std::size_t first_invalid(const Event* events, std::size_t count) const = 0;
    // Whether results, of any alignment too, repeat what the events say, and hold scores.
    virtual bool are_of(const Result* results, const Event* events, std::size_t count) const = 0;
    virtual void process(const Event* events, Result* results, std::byte* decisions,
                         std::size_t count) = 0;
    // The signal pipeline alone, on what another pipeline has said of the events.
    virtual void decide(const Event* events, const Result* results, std::byte* decisions,
                        std::size_t count) = 0;
    // As of `Engine`, of the signal pipeline alone: of every symbol, and of the design.
    virtual bool exchange_state(StateOf of, const StateRecord& record, std::byte* records,
                                bool loading) = 0;
    // As of `FusionEngine`.
    virtual bool reconfigure(const params::FusionParams& params) = 0;
};

// The kernels compiled for one instruction set. Whoever makes something owns it.
struct Isa {
    const char* name;
    Engine* (*make_engine)(const params::PipelineParams&);
    FusionEngine* (*make_fusion_engine)(const params::FusionParams&, const DecisionLayout&);
    SignalPipelineEngine* (*make_signal_pipeline_engine)(const params::PipelineParams&,
                                                         const params::SignalPipelineParams&,
                                                         const DecisionLayout&);
#define X(block, Params, Kernel) Block* (*make_##block)(const params::Params&);
    HYDROPHONE_BLOCKS(X)
#undef X
    const hydrophone_library* library;
};

// Zeroed memory on huge pages where the system has them; nullptr if there is none.
std::byte* allocate_state(std::size_t bytes);
void release_state(std::byte* memory, std::size_t bytes);

}  // namespace hydrophone
