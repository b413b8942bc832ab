// Makers: what the compilations of one instruction set offer one another.
#pragma once

#include "core/isa.hpp"
#include "core/kernels.hpp"

#define HYDROPHONE_STRINGIFY_(x) #x
#define HYDROPHONE_STRINGIFY(x) HYDROPHONE_STRINGIFY_(x)

namespace HYDROPHONE_KERNELS {

inline constexpr const char* NAME = HYDROPHONE_STRINGIFY(HYDROPHONE_ISA);

Engine* make_engine(const params::PipelineParams& params);
FusionEngine* make_fusion_engine(const params::FusionParams& params, const DecisionLayout& layout);
SignalPipelineEngine* make_signal_pipeline_engine(
    const params::PipelineParams& pipeline, const params::SignalPipelineParams& signal_pipeline,
    const DecisionLayout& layout);
#define X(block, Params, Kernel) Block* make_##block(const params::Params& params);
HYDROPHONE_BLOCKS(X)
#undef X
extern const hydrophone_library LIBRARY;

}  // namespace HYDROPHONE_KERNELS
