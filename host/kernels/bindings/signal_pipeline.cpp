#include "bindings/signal_pipeline.hpp"

#include <nanobind/stl/string.h>

#include <memory>
#include <new>
#include <string>
#include <utility>

#include "bindings/params.hpp"
#include "bindings/records.hpp"
#include "bindings/state.hpp"
#include "bindings/turn.hpp"
#include "engine/dispatch.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hydrophone {
namespace {

// The engine of `hydrophone.engine`.
class PySignalPipelineEngine {
  public:
    PySignalPipelineEngine(nb::object pipeline, nb::handle signal_pipeline, nb::handle dtype,
                           const std::string& isa)
        : isa_(choose_isa(isa)),
          object_(std::move(pipeline)),
          pipeline_(object_),
          signal_pipeline_(signal_pipeline),
          decision_type_(nb::borrow(dtype)),
          engine_(
              isa_.make_signal_pipeline_engine(*pipeline_, *signal_pipeline_, layout_of(dtype))) {
        if (engine_ == nullptr) {
            throw std::bad_alloc();
        }
    }

    void process(nb::handle events, nb::handle results, nb::handle decisions) {
        run(events, results, decisions, true,
            [this](const Event* in, Result* out, std::byte* to, std::size_t count) {
                engine_->process(in, out, to, count);
            });
    }

    void decide(nb::handle events, nb::handle results, nb::handle decisions) {
        run(events, results, decisions, false,
            [this](const Event* in, const Result* out, std::byte* to, std::size_t count) {
                engine_->decide(in, out, to, count);
            });
    }

    void reconfigure(nb::handle fusion) {
        const LoadedParams<params::FusionParams> wanted(fusion);
        const Turn turn(busy_);
        if (!engine_->reconfigure(*wanted)) {
            throw nb::value_error("another number of systems or candidates: make a new engine");
        }
    }

    void exchange_state(const std::string& of, nb::list fields, nb::handle address, bool loading) {
        const StateFields known(std::move(fields));
        const Turn turn(busy_);
        expect_fields(
            engine_->exchange_state(state_of(of), known.record(), records_of(address), loading));
    }

    void reset() {
        const Turn turn(busy_);
        engine_->reset();
    }

    nb::tuple counters() const {
        const Counters counters = engine_->counters();
        return nb::make_tuple(counters.events, counters.alerts, counters.late);
    }

    std::uint64_t batches() const { return batches_; }
    const char* isa() const { return isa_.name; }

  private:
    static constexpr std::size_t LONG_BATCH = 1024;

    template <class Call>
    void run(nb::handle events, nb::handle results, nb::handle decisions, bool scores,
             const Call& call) {
        const Buffer in(events, "events", event_type(), false);
        const Buffer out(results, "results", result_type(), scores);
        const Buffer decided(decisions, "decisions", decision_type_, true);
        decided.expect("decisions", {in.count()});
        if (decided.overlaps(in) || decided.overlaps(out)) {
            throw nb::value_error(
                "decisions overlaps events or results: give it memory of its own");
        }
        const Turn turn(busy_);
        check_batch(*engine_, events, in, out, object_);
        if (!scores && !engine_->are_of(out.data<Result>(), in.data<Event>(), in.count())) {
            checks().attr("check_results_of")(results, events);
            throw nb::value_error("results are not of the events, to which something else writes");
        }
        const auto all = [&] {
            call(in.data<const Event>(), out.data<Result>(), decided.data<std::byte>(), in.count());
        };
        if (in.count() < LONG_BATCH) {
            all();
        } else {
            const nb::gil_scoped_release others_may_run;
            all();
        }
        ++batches_;
    }

    const Isa& isa_;
    nb::object object_;
    LoadedParams<params::PipelineParams> pipeline_;
    LoadedParams<params::SignalPipelineParams> signal_pipeline_;
    ElementType decision_type_;
    std::unique_ptr<SignalPipelineEngine> engine_;
    std::uint64_t batches_ = 0;
    bool busy_ = false;
};

}  // namespace

void bind_signal_pipeline(nb::module_& module) {
    nb::class_<PySignalPipelineEngine>(module, "SignalPipelineEngine")
        .def(nb::init<nb::object, nb::handle, nb::handle, const std::string&>(), "pipeline"_a,
             "signal_pipeline"_a, "dtype"_a, "isa"_a = "")
        .def("process", &PySignalPipelineEngine::process, "events"_a, "results"_a, "decisions"_a)
        .def("decide", &PySignalPipelineEngine::decide, "events"_a, "results"_a, "decisions"_a)
        .def("reconfigure", &PySignalPipelineEngine::reconfigure, "fusion"_a)
        .def("exchange_state", &PySignalPipelineEngine::exchange_state, "of"_a, "fields"_a,
             "address"_a, "loading"_a)
        .def("reset", &PySignalPipelineEngine::reset)
        .def_prop_ro("isa", &PySignalPipelineEngine::isa)
        .def_prop_ro("batches", &PySignalPipelineEngine::batches)
        .def_prop_ro("counters", &PySignalPipelineEngine::counters);
}

}  // namespace hydrophone
