// What the compilations of one instruction set offer one another.
#pragma once

#include "core/isa.hpp"
#include "core/kernels.hpp"

namespace HYDROPHONE_KERNELS {

Engine* make_engine(const params::PipelineParams& params);
#define X(block, Params) Block* make_##block(const params::Params& params);
HYDROPHONE_BLOCKS(X)
#undef X

}  // namespace HYDROPHONE_KERNELS
