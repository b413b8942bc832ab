// Push: the callable that scores one event a call for a session, by CPython's vectorcall protocol.
#pragma once

#include <nanobind/nanobind.h>

#include "core/kernels.hpp"

namespace hydrophone {

// What a `Push` pushes into.
class PushTarget {
  public:
    // Numbers an event and scores it; where the result lies until the next one, null if a value
    // is out of range. Throws std::runtime_error while another call is at work.
    virtual const Result* push_event(Event& event) = 0;
    // The parameters that say which values are in range.
    virtual nanobind::object params() const = 0;

  protected:
    ~PushTarget() = default;
};

// Adds the type `Push` to the module. False with a Python error.
bool add_push(nanobind::module_& module);

// A `Push` into a target that `owner` keeps alive; see `hydrophone._kernels.Engine.make_push`.
nanobind::object make_push(PushTarget& target, nanobind::handle owner, nanobind::handle lock,
                           nanobind::handle record, nanobind::handle method);

}  // namespace hydrophone
