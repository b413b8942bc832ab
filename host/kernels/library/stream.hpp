// What a stream of any instruction set offers; see hydrophone_kernels.h.
//
// Only declarations: all compilations of the kernels include this header.
#pragma once

#include <cstddef>

struct hydrophone_stream {
    virtual ~hydrophone_stream();
    virtual void reset() = 0;
    virtual double push(double x, double y) = 0;
    virtual std::size_t width() const;
    // Streams with one result keep none.
    virtual const double* row() const;
};

namespace hydrophone {
using Stream = hydrophone_stream;
}
