#include "bindings/fusion.hpp"

#include <nanobind/stl/string.h>

#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "bindings/buffers.hpp"
#include "bindings/params.hpp"
#include "bindings/records.hpp"
#include "bindings/turn.hpp"
#include "core/kernels.hpp"
#include "engine/dispatch.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hydrophone {
namespace {

using FusionParams = LoadedParams<params::FusionParams>;

ElementType& score_type() {
    static ElementType type("h", sizeof(std::int16_t));
    return type;
}

ElementType& flag_type() {
    static ElementType type("?", sizeof(bool));
    return type;
}

// The engine of `hydrophone.engine`.
class PyFusionEngine {
  public:
    PyFusionEngine(nb::object params, nb::handle dtype, const std::string& isa)
        : isa_(choose_isa(isa)),
          object_(std::move(params)),
          params_(std::make_unique<FusionParams>(object_)),
          decision_type_(format_of(dtype), nb::cast<std::size_t>(dtype.attr("itemsize"))),
          engine_(isa_.make_fusion_engine(**params_, layout_of(dtype))) {
        if (engine_ == nullptr) {
            throw std::bad_alloc();
        }
    }

    void process(nb::handle scores, nb::handle decisions, nb::handle present, nb::handle outcome,
                 nb::handle learn) {
        const Buffer out(decisions, "decisions", decision_type_, true);
        const std::size_t count = out.count();
        const auto systems = static_cast<std::size_t>((**params_).systems);
        const auto candidates = static_cast<std::size_t>((**params_).candidates);
        const Buffer in(scores, "scores", score_type(), false, 3);
        in.expect("scores", {count, systems, candidates});
        const Given takes_part(present, "present", flag_type(), {count, candidates}, out);
        const Given came_of_it(outcome, "outcome", score_type(), {count, candidates}, out);
        const Given known(learn, "learn", flag_type(), {count}, out);
        if (in.overlaps(out)) {
            throw nb::value_error("decisions overlaps scores: give it memory of its own");
        }
        if (came_of_it.given() != known.given()) {
            throw nb::value_error("outcome and learn belong together: give both, or neither");
        }
        const Turn turn(busy_);
        const FusionInput input{in.data<std::int16_t>(), takes_part.data<std::uint8_t>(),
                                came_of_it.data<std::int16_t>(), known.data<std::uint8_t>()};
        if (count < LONG_BATCH) {
            engine_->process(input, out.data<std::byte>(), count);
        } else {
            const nb::gil_scoped_release others_may_run;
            engine_->process(input, out.data<std::byte>(), count);
        }
    }

    void reset() {
        const Turn turn(busy_);
        engine_->reset();
    }

    void reconfigure(nb::object params) {
        auto wanted = std::make_unique<FusionParams>(params);
        const Turn turn(busy_);
        if (!engine_->reconfigure(**wanted)) {
            throw nb::value_error("another number of systems or candidates: make a new engine");
        }
        params_ = std::move(wanted);
        object_ = std::move(params);
    }

    nb::object params() const { return object_; }
    const char* isa() const { return isa_.name; }

  private:
    static constexpr std::size_t LONG_BATCH = 1024;

    // An array that may be None.
    class Given {
      public:
        Given(nb::handle array, const char* what, ElementType& type,
              std::initializer_list<std::size_t> shape, const Buffer& out) {
            if (array.is_none()) {
                return;
            }
            buffer_.emplace(array, what, type, false, static_cast<int>(shape.size()));
            buffer_->expect(what, shape);
            if (buffer_->overlaps(out)) {
                throw nb::value_error(
                    (std::string("decisions overlaps ") + what + ": give it memory of its own")
                        .c_str());
            }
        }

        bool given() const { return buffer_.has_value(); }
        template <class T>
        const T* data() const {
            return buffer_ ? buffer_->data<const T>() : nullptr;
        }

      private:
        std::optional<Buffer> buffer_;
    };

    const Isa& isa_;
    nb::object object_;
    std::unique_ptr<FusionParams> params_;
    ElementType decision_type_;
    std::unique_ptr<FusionEngine> engine_;
    bool busy_ = false;
};

}  // namespace

void bind_fusion(nb::module_& module) {
    nb::class_<PyFusionEngine>(module, "FusionEngine")
        .def(nb::init<nb::object, nb::handle, const std::string&>(), "params"_a, "dtype"_a,
             "isa"_a = "")
        .def("process", &PyFusionEngine::process, "scores"_a, "decisions"_a,
             "present"_a = nb::none(), "outcome"_a = nb::none(), "learn"_a = nb::none())
        .def("reset", &PyFusionEngine::reset)
        .def("reconfigure", &PyFusionEngine::reconfigure, "params"_a)
        .def_prop_ro("params", &PyFusionEngine::params)
        .def_prop_ro("isa", &PyFusionEngine::isa);
}

}  // namespace hydrophone
