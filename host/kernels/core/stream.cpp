#include "library/stream.hpp"

#include "hydrophone_kernels.h"

hydrophone_stream::~hydrophone_stream() = default;

std::size_t hydrophone_stream::width() const { return 1; }

const double* hydrophone_stream::row() const { return nullptr; }

double hydrophone_stream_push(hydrophone_stream* stream, double x, double y) {
    return stream->push(x, y);
}

size_t hydrophone_stream_width(const hydrophone_stream* stream) { return stream->width(); }

const double* hydrophone_stream_row(const hydrophone_stream* stream) { return stream->row(); }

void hydrophone_stream_reset(hydrophone_stream* stream) { stream->reset(); }

void hydrophone_stream_free(hydrophone_stream* stream) { delete stream; }

hydrophone_fusion::~hydrophone_fusion() = default;

void hydrophone_fusion_push(hydrophone_fusion* fusion, const float* scores, const uint8_t* present,
                            const float* outcome, float* fused) {
    fusion->push(scores, present, outcome, fused);
}

const float* hydrophone_fusion_diversity(const hydrophone_fusion* fusion) {
    return fusion->diversity();
}

const float* hydrophone_fusion_performance(const hydrophone_fusion* fusion) {
    return fusion->performance();
}

void hydrophone_fusion_reset(hydrophone_fusion* fusion) { fusion->reset(); }

void hydrophone_fusion_free(hydrophone_fusion* fusion) { delete fusion; }
