// Record dtypes of events, results and decisions, and the checks of a batch of them.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "bindings/buffers.hpp"
#include "core/kernels.hpp"

namespace hydrophone {

// Made once and never freed: the interpreter may end before they would be.
const ElementType& event_type();
const ElementType& result_type();

// Where the fields of a decision's dtype lie.
DecisionLayout layout_of(nanobind::handle dtype);

// What Python refuses events with.
nanobind::module_ checks();

// Throws an EventError that names the first event out of range, or a ValueError if the results do
// not match the events. Takes an `Engine` or what is like one.
template <class Engine>
void check_batch(const Engine& engine, nanobind::handle events, const Buffer& in, const Buffer& out,
                 nanobind::handle params) {
    if (in.count() != out.count()) {
        throw nanobind::value_error(("results holds " + std::to_string(out.count()) + " for " +
                                     std::to_string(in.count()) +
                                     " events: give it the same length")
                                        .c_str());
    }
    if (in.overlaps(out)) {
        throw nanobind::value_error("results overlaps events: give it memory of its own");
    }
    const std::size_t invalid = engine.first_invalid(in.data<const Event>(), in.count());
    if (invalid != in.count()) {
        checks().attr("check_events")(events, params);
        throw nanobind::value_error(("event " + std::to_string(invalid) +
                                     " was out of range when it was checked: something else writes "
                                     "to the events")
                                        .c_str());
    }
}

}  // namespace hydrophone
