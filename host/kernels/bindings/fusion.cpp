#include "bindings/fusion.hpp"

#include <nanobind/stl/string.h>

#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "bindings/buffers.hpp"
#include "bindings/measurement.hpp"
#include "bindings/params.hpp"
#include "bindings/records.hpp"
#include "bindings/state.hpp"
#include "bindings/turn.hpp"
#include "core/kernels.hpp"
#include "engine/bench.hpp"
#include "engine/dispatch.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hydrophone {
namespace {

using FusionParams = LoadedParams<params::FusionParams>;

const ElementType& score_type() {
    static const ElementType& type = *new ElementType(dtype_of("int16"));
    return type;
}

const ElementType& flag_type() {
    static const ElementType& type = *new ElementType(dtype_of("bool"));
    return type;
}

// The engine of `hydrophone.engine`.
class PyFusionEngine {
  public:
    PyFusionEngine(nb::object params, nb::handle dtype, const std::string& isa)
        : isa_(choose_isa(isa)),
          object_(std::move(params)),
          params_(std::make_unique<FusionParams>(object_)),
          decision_type_(nb::borrow(dtype)),
          engine_(isa_.make_fusion_engine(**params_, layout_of(dtype))) {
        if (engine_ == nullptr) {
            throw std::bad_alloc();
        }
    }

    void process(nb::handle scores, nb::handle decisions, nb::handle present, nb::handle outcome,
                 nb::handle learn) {
        const Buffer out(decisions, "decisions", decision_type_, true);
        const Tables in(*this, scores, present, outcome, learn, out.count());
        in.keep_apart(out);
        const Turn turn(busy_);
        if (out.count() < LONG_BATCH) {
            engine_->process(in.input(), out.data<std::byte>(), out.count());
        } else {
            const nb::gil_scoped_release others_may_run;
            engine_->process(in.input(), out.data<std::byte>(), out.count());
        }
        ++batches_;
    }

    nb::dict measure(nb::handle scores, nb::handle present, nb::handle outcome, nb::handle learn,
                     std::size_t rounds, std::size_t batch) {
        const std::size_t count = Buffer(scores, "scores", score_type(), false, 3).count();
        const Tables in(*this, scores, present, outcome, learn, count);
        if (in.input().present == nullptr || in.input().learn == nullptr) {
            throw nb::value_error("give present, outcome and learn: whole decisions are measured");
        }
        if (rounds == 0 || batch == 0 || count < batch) {
            throw nb::value_error("give at least one round and one whole batch of decisions");
        }
        const Turn turn(busy_);
        return measurement_dict(hydrophone::measure(*engine_, in.input(), systems(), candidates(),
                                                    decision_type_.size(), count, rounds, batch),
                                isa_.name, batch);
    }

    void exchange_state(nb::list fields, nb::handle address, bool loading) {
        const StateFields known(std::move(fields));
        const Turn turn(busy_);
        expect_fields(engine_->exchange_state(known.record(), records_of(address), loading));
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
    std::uint64_t batches() const { return batches_; }
    const char* isa() const { return isa_.name; }

  private:
    static constexpr std::size_t LONG_BATCH = 1024;

    // An array that may be None.
    class Given {
      public:
        Given(nb::handle array, const char* what, const ElementType& type,
              std::initializer_list<std::size_t> shape)
            : what_(what) {
            if (!array.is_none()) {
                buffer_.emplace(array, what, type, false, static_cast<int>(shape.size()));
                buffer_->expect(what, shape);
            }
        }

        bool given() const { return buffer_.has_value(); }
        template <class T>
        const T* data() const {
            return buffer_ ? buffer_->data<const T>() : nullptr;
        }

        void keep_apart(const Buffer& out) const {
            if (buffer_ && buffer_->overlaps(out)) {
                throw nb::value_error(
                    (std::string("decisions overlaps ") + what_ + ": give it memory of its own")
                        .c_str());
            }
        }

      private:
        const char* what_;
        std::optional<Buffer> buffer_;
    };

    // What an engine of these sizes decides on.
    class Tables {
      public:
        Tables(const PyFusionEngine& engine, nb::handle scores, nb::handle present,
               nb::handle outcome, nb::handle learn, std::size_t count)
            : scores_(scores, "scores", score_type(),
                      {count, engine.systems(), engine.candidates()}),
              present_(present, "present", flag_type(), {count, engine.candidates()}),
              outcome_(outcome, "outcome", score_type(), {count, engine.candidates()}),
              learn_(learn, "learn", flag_type(), {count}) {
            if (outcome_.given() != learn_.given()) {
                throw nb::value_error("outcome and learn belong together: give both, or neither");
            }
        }

        void keep_apart(const Buffer& out) const {
            for (const Given* given : {&scores_, &present_, &outcome_, &learn_}) {
                given->keep_apart(out);
            }
        }

        FusionInput input() const {
            return {.scores = scores_.data<std::int16_t>(),
                    .present = present_.data<std::uint8_t>(),
                    .outcome = outcome_.data<std::int16_t>(),
                    .learn = learn_.data<std::uint8_t>()};
        }

      private:
        Given scores_, present_, outcome_, learn_;
    };

    std::size_t systems() const { return static_cast<std::size_t>((**params_).systems); }
    std::size_t candidates() const { return static_cast<std::size_t>((**params_).candidates); }

    const Isa& isa_;
    nb::object object_;
    std::unique_ptr<FusionParams> params_;
    ElementType decision_type_;
    std::unique_ptr<FusionEngine> engine_;
    std::uint64_t batches_ = 0;
    bool busy_ = false;
};

}  // namespace

void bind_fusion(nb::module_& module) {
    nb::class_<PyFusionEngine>(module, "FusionEngine")
        .def(nb::init<nb::object, nb::handle, const std::string&>(), "params"_a, "dtype"_a,
             "isa"_a = "")
        .def("process", &PyFusionEngine::process, "scores"_a, "decisions"_a,
             "present"_a = nb::none(), "outcome"_a = nb::none(), "learn"_a = nb::none())
        .def("measure", &PyFusionEngine::measure, "scores"_a, "present"_a, "outcome"_a, "learn"_a,
             "rounds"_a, "batch"_a)
        .def("exchange_state", &PyFusionEngine::exchange_state, "fields"_a, "address"_a,
             "loading"_a)
        .def("reset", &PyFusionEngine::reset)
        .def("reconfigure", &PyFusionEngine::reconfigure, "params"_a)
        .def_prop_ro("params", &PyFusionEngine::params)
        .def_prop_ro("isa", &PyFusionEngine::isa)
        .def_prop_ro("batches", &PyFusionEngine::batches);
}

}  // namespace hydrophone
