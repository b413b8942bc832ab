// Interface of a stream, for every instruction set; see hydrophone_kernels.h.
//
// Only declarations: all compilations of the kernels include this header.
#pragma once

#include <cstddef>
#include <cstdint>

struct hydrophone_stream {
    virtual ~hydrophone_stream();
    virtual void reset() = 0;
    virtual double push(double x, double y) = 0;
    virtual std::size_t width() const;
    // Streams with one result keep none.
    virtual const double* row() const;
};

struct hydrophone_fusion {
    virtual ~hydrophone_fusion();
    virtual void reset() = 0;
    virtual void push(const float* scores, const std::uint8_t* present, const float* outcome,
                      float* fused) = 0;
    virtual const float* diversity() const = 0;
    virtual const float* performance() const = 0;
};

namespace hydrophone {
using Stream = hydrophone_stream;
}
