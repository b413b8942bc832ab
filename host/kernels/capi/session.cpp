// The C ABI of sessions: an engine, the queue of its alerts, and each symbol's last result.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "capi/config.hpp"
#include "capi/failure.hpp"
#include "core/kernels.hpp"
#include "engine/dispatch.hpp"

namespace hydrophone::capi {
namespace {

// The ABI's records are the engine's by another name: both are written by the model.
static_assert(sizeof(hydrophone_event) == sizeof(Event));
static_assert(sizeof(hydrophone_result) == sizeof(Result));
#define X(field, Type) static_assert(offsetof(hydrophone_event, field) == offsetof(Event, field));
HYDROPHONE_EVENT(X)
#undef X
#define X(field, Type) static_assert(offsetof(hydrophone_result, field) == offsetof(Result, field));
HYDROPHONE_RESULT(X)
#undef X
static_assert(HYDROPHONE_KINDS == Kind::COUNT);

constexpr std::size_t USUAL_CAPACITY = 4096;
// Results that are computed at a time where the caller wants alerts alone.
constexpr std::size_t BATCH = 256;

const Isa& isa_of(const char* name) {
    try {
        return choose_isa(name == nullptr ? "" : name);
    } catch (const std::invalid_argument& error) {
        throw Failure{HYDROPHONE_ERROR_ISA, error.what()};
    }
}

// Oldest alerts first; one that meets a full queue is dropped.
class AlertQueue {
  public:
    explicit AlertQueue(std::size_t capacity) : alerts_(capacity) {}

    void put(const Result& alert) {
        if (count_ == alerts_.size()) {
            ++dropped_;
            return;
        }
        alerts_[(first_ + count_) % alerts_.size()] = alert;
        ++count_;
    }

    std::size_t take(hydrophone_alert* alerts, std::size_t capacity) {
        const std::size_t taken = std::min(capacity, count_);
        for (std::size_t i = 0; i < taken; ++i) {
            std::memcpy(alerts + i, &alerts_[first_], sizeof *alerts);
            first_ = (first_ + 1) % alerts_.size();
        }
        count_ -= taken;
        return taken;
    }

    void clear() { first_ = count_ = dropped_ = 0; }
    std::size_t waiting() const { return count_; }
    std::size_t dropped() const { return dropped_; }

  private:
    std::vector<Result> alerts_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    std::size_t dropped_ = 0;
};

class Session {
  public:
    Session(const Config& config, const char* isa, std::size_t capacity)
        : config_(config),
          engine_(isa_of(isa).make_engine(config_.params())),
          alerts_(capacity),
          last_(symbols()) {
        if (engine_ == nullptr) {
            throw std::bad_alloc();
        }
    }

    void process(const Event* events, std::size_t count, Result* results) {
        const std::size_t invalid = engine_->first_invalid(events, count);
        if (invalid != count) [[unlikely]] {
            refuse(events[invalid], "event " + std::to_string(invalid) + ": ");
        }
        if (results != nullptr) {
            engine_->process(events, results, count);
            note(results, count);
            return;
        }
        Result batch[BATCH];
        for (std::size_t first = 0; first < count; first += BATCH) {
            const std::size_t size = std::min(BATCH, count - first);
            engine_->process(events + first, batch, size);
            note(batch, size);
        }
    }

    void push(Event event, Result* result) {
        event.sequence = pushed_;
        if (engine_->first_invalid(&event, 1) == 0) [[unlikely]] {
            refuse(event, "");
        }
        Result own;
        engine_->process(&event, &own, 1);
        note(&own, 1);
        ++pushed_;
        if (result != nullptr) {
            std::memcpy(result, &own, sizeof own);
        }
    }

    void reset() {
        engine_->reset();
        alerts_.clear();
        std::fill(last_.begin(), last_.end(), LastResult{});
        pushed_ = 0;
    }

    AlertQueue& alerts() { return alerts_; }
    std::size_t symbols() const {
        return static_cast<std::size_t>(config_.params().parent.symbols);
    }

    hydrophone_counters counters() const {
        const Counters engine = engine_->counters();
        return {.struct_size = sizeof(hydrophone_counters),
                .waiting = static_cast<std::uint32_t>(alerts_.waiting()),
                .events = engine.events,
                .alerts = engine.alerts,
                .late = engine.late,
                .dropped = alerts_.dropped(),
                .pushed = pushed_};
    }

    hydrophone_snapshot snapshot(std::uint32_t symbol) const {
        const SymbolView view = engine_->view(symbol);
        const LastResult& last = last_[symbol];
        hydrophone_snapshot snapshot = {};
        snapshot.symbol = static_cast<std::uint16_t>(symbol);
        snapshot.known = view.known;
        snapshot.side = view.side;
        snapshot.time_ns = view.time_ns;
        snapshot.price = view.price;
        snapshot.parent_size = view.parent_size;
        snapshot.kind = last.kind;
        snapshot.score = last.score;
        snapshot.flags = last.flags;
        std::copy(std::begin(last.heads), std::end(last.heads), snapshot.heads);
        std::copy(std::begin(view.thresholds), std::end(view.thresholds), snapshot.thresholds);
        std::copy(std::begin(view.episode), std::end(view.episode), snapshot.episode);
        return snapshot;
    }

    std::atomic_flag busy{};

  private:
    // What of a symbol's last result the engine's state does not hold.
    struct LastResult {
        std::uint16_t heads[Kind::COUNT];
        std::uint16_t score, flags;
        std::uint8_t kind;
    };

    void note(const Result* results, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            // Memory that the caller shares may change meanwhile: it is read once, and checked.
            Result result;
            std::memcpy(&result, results + i, sizeof result);
            if (result.symbol < last_.size()) [[likely]] {
                LastResult& last = last_[result.symbol];
                std::memcpy(last.heads, result.heads, sizeof last.heads);
                last.score = result.score;
                last.flags = result.flags;
                last.kind = result.kind;
            }
            if (result.flags & ResultFlag::ALERT) [[unlikely]] {
                alerts_.put(result);
            }
        }
    }

    [[noreturn, gnu::cold]] void refuse(const Event& event, const std::string& where) const {
        constexpr std::int64_t latest = model::formats::TIME.max;
        const auto check = [&](const char* field, std::uint64_t value, std::int64_t low,
                               std::int64_t high) {
            if (value < static_cast<std::uint64_t>(low) ||
                value > static_cast<std::uint64_t>(high)) {
                throw Failure{HYDROPHONE_ERROR_EVENT,
                              where + field + " = " + std::to_string(value) +
                                  " is not allowed: use " + std::to_string(low) + " ... " +
                                  std::to_string(high)};
            }
        };
        check("time_ns", event.time_ns, 0, latest);
        check("sequence", event.sequence, 0, latest);
        check("price", event.price, 1, model::formats::PRICE.max);
        check("size", event.size, 1, model::formats::SIZE.max);
        check("symbol", event.symbol, 0, config_.params().parent.symbols - 1);
        check("side", event.side, 0, 1);
        throw Failure{HYDROPHONE_ERROR_EVENT,
                      where + "was out of range when it was checked: something else writes to it"};
    }

    Config config_;
    std::unique_ptr<Engine> engine_;
    AlertQueue alerts_;
    std::vector<LastResult> last_;
    std::uint64_t pushed_ = 0;
};

bool overlap(const void* first, std::size_t first_size, const void* second,
             std::size_t second_size) {
    const auto a = reinterpret_cast<std::uintptr_t>(first);
    const auto b = reinterpret_cast<std::uintptr_t>(second);
    return a < b + second_size && b < a + first_size;
}

}  // namespace
}  // namespace hydrophone::capi

struct hydrophone_session : hydrophone::capi::Session {
    using Session::Session;
};

using hydrophone::capi::Failure;
using hydrophone::capi::guarded;
using hydrophone::capi::require;
using hydrophone::capi::shared_size;
using hydrophone::capi::Use;

hydrophone_status hydrophone_open(const hydrophone_config* config,
                                  const hydrophone_options* options, hydrophone_session** session) {
    return guarded([&] {
        require(config, "config");
        require(session, "session");
        hydrophone_options chosen{sizeof chosen, 0, nullptr};
        if (options != nullptr) {
            std::memcpy(&chosen, options, shared_size(options, "options"));
        }
        if (chosen.alert_capacity == 0) {
            chosen.alert_capacity = hydrophone::capi::USUAL_CAPACITY;
        }
        const Use use(config->busy);
        config->config.check_together();
        *session = new hydrophone_session(config->config, chosen.isa, chosen.alert_capacity);
    });
}

hydrophone_status hydrophone_process(hydrophone_session* session, const hydrophone_event* events,
                                     size_t count, hydrophone_result* results) {
    return guarded([&] {
        require(session, "session");
        if (count == 0) {
            const Use use(session->busy);
            return;
        }
        require(events, "events");
        if (count > SIZE_MAX / sizeof *results) {
            throw Failure{HYDROPHONE_ERROR_ARGUMENT,
                          "count = " + std::to_string(count) + " is more than memory can hold"};
        }
        if (results != nullptr && hydrophone::capi::overlap(events, count * sizeof *events, results,
                                                            count * sizeof *results)) {
            throw Failure{HYDROPHONE_ERROR_ARGUMENT,
                          "results overlaps events: give it memory of its own"};
        }
        const Use use(session->busy);
        session->process(reinterpret_cast<const hydrophone::Event*>(events), count,
                         reinterpret_cast<hydrophone::Result*>(results));
    });
}

hydrophone_status hydrophone_push(hydrophone_session* session, const hydrophone_event* event,
                                  hydrophone_result* result) {
    return guarded([&] {
        require(session, "session");
        require(event, "event");
        hydrophone::Event copy;
        std::memcpy(&copy, event, sizeof copy);
        const Use use(session->busy);
        session->push(copy, reinterpret_cast<hydrophone::Result*>(result));
    });
}

hydrophone_status hydrophone_poll(hydrophone_session* session, hydrophone_alert* alerts,
                                  size_t capacity, size_t* count) {
    return guarded([&] {
        require(session, "session");
        require(count, "count");
        if (capacity != 0) {
            require(alerts, "alerts");
        }
        const Use use(session->busy);
        *count = session->alerts().take(alerts, capacity);
    });
}

hydrophone_status hydrophone_get_counters(hydrophone_session* session,
                                          hydrophone_counters* counters) {
    return guarded([&] {
        require(session, "session");
        const std::size_t size = shared_size(counters, "counters");
        const Use use(session->busy);
        hydrophone::capi::give(session->counters(), counters, size);
    });
}

hydrophone_status hydrophone_get_snapshot(hydrophone_session* session, uint32_t symbol,
                                          hydrophone_snapshot* snapshot) {
    return guarded([&] {
        require(session, "session");
        const std::size_t size = shared_size(snapshot, "snapshot");
        const Use use(session->busy);
        if (symbol >= session->symbols()) {
            throw Failure{HYDROPHONE_ERROR_ARGUMENT, "symbol = " + std::to_string(symbol) +
                                                         " is not allowed: use 0 ... " +
                                                         std::to_string(session->symbols() - 1)};
        }
        hydrophone::capi::give(session->snapshot(symbol), snapshot, size);
    });
}

hydrophone_status hydrophone_reset(hydrophone_session* session) {
    return guarded([&] {
        require(session, "session");
        const Use use(session->busy);
        session->reset();
    });
}

hydrophone_status hydrophone_close(hydrophone_session* session) {
    return guarded([&] {
        if (session == nullptr) {
            return;
        }
        {
            const Use use(session->busy);
        }
        delete session;
    });
}
