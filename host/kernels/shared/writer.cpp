#include "shared/writer.hpp"

#include <time.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "shared/sequence_lock.hpp"

namespace hydrophone {
namespace {

// Events after which a long call writes snapshots, so that readers do not wait for its end.
constexpr std::size_t SPAN = 256;

void store(std::byte* memory, std::size_t offset, std::uint64_t value,
           std::memory_order order = std::memory_order_relaxed) {
    SharedWord(*words_at(memory + offset)).store(value, order);
}

std::uint64_t coarse_monotonic_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

SharedWriter::SharedWriter(std::byte* memory, ThresholdRule rule)
    : memory_(memory), rule_(std::move(rule)) {
    hydrophone_shared_header header;
    std::memcpy(&header, memory, sizeof header);
    symbols_ = header.symbols;
    alert_mask_ = header.alert_slots - 1;
    snapshots_ = memory + sizeof header + symbols_ * sizeof(hydrophone_shared_name);
    alerts_ = snapshots_ + symbols_ * sizeof(hydrophone_snapshot);
    now_.resize(symbols_);
    marked_.resize(symbols_ + 1);  // one place more: `mark` writes before it asks
    is_marked_.resize(symbols_);
    heartbeat();
}

void SharedWriter::publish(const Result* results, std::size_t count) {
    for (std::size_t begin = 0; begin < count; begin += SPAN) {
        const std::size_t end = std::min(begin + SPAN, count);
        for (std::size_t i = begin; i < end; ++i) {
            Result result;
            std::memcpy(&result, results + i, sizeof result);
            if (result.symbol < symbols_) [[likely]] {
                take(result);
            }
        }
        write_marked();
    }
    store(memory_, offsetof(hydrophone_shared_header, events), events_);
    store(memory_, offsetof(hydrophone_shared_header, late), late_);
    store(memory_, offsetof(hydrophone_shared_header, time_ns), time_ns_);
    heartbeat();
}

inline void SharedWriter::mark(std::size_t symbol) {
    marked_[marks_] = static_cast<std::uint32_t>(symbol);
    marks_ += is_marked_[symbol] == 0;
    is_marked_[symbol] = 1;
}

inline void SharedWriter::take(const Result& result) {
    hydrophone_snapshot& now = now_[result.symbol];
    const bool is_late = (result.flags & ResultFlag::LATE) != 0;
    const bool is_alert = (result.flags & ResultFlag::ALERT) != 0;
    now.time_ns = time_ns_ = result.time_ns;
    now.sequence = sequence_ = result.sequence;
    ++events_;
    ++now.events;
    late_ += is_late;
    now.late += is_late;
    std::memcpy(now.heads, result.heads, sizeof now.heads);
    now.parent_size = result.parent_size;
    now.price = result.price;
    now.score = result.score;
    now.flags = result.flags;
    now.side = result.side;
    now.kind = result.kind;
    if (rule_.thresholds.empty()) {
        std::fill_n(now.thresholds, Kind::COUNT, HYDROPHONE_SHARED_UNKNOWN_THRESHOLD);
    } else {
        std::uint32_t* const thresholds =
            &rule_.thresholds[(result.symbol & (rule_.classes - 1)) * Kind::COUNT];
        const std::size_t first = result.kind % Kind::COUNT;
        const std::int64_t lifted =
            std::int64_t{thresholds[first]} + rule_.lift - rule_.falls[first];
        for (std::size_t kind = 0; kind < Kind::COUNT; ++kind) {
            const std::uint32_t fall = rule_.falls[kind];
            thresholds[kind] = std::max(thresholds[kind], fall) - fall;
        }
        if (is_alert) [[unlikely]] {
            thresholds[first] = static_cast<std::uint32_t>(
                std::clamp<std::int64_t>(lifted, 0, std::numeric_limits<std::uint32_t>::max()));
        }
        std::memcpy(now.thresholds, thresholds, sizeof now.thresholds);
    }
    if (is_alert) [[unlikely]] {
        alert(result);
    }
    mark(result.symbol);
}

void SharedWriter::alert(const Result& result) {
    hydrophone_snapshot& now = now_[result.symbol];
    ++now.alerts;
    now.alert_time_ns = result.time_ns;
    now.alert_sequence = result.sequence;
    now.alert_parent_size = result.parent_size;
    now.alert_price = result.price;
    now.alert_score = result.score;
    now.alert_side = result.side;
    now.alert_kind = result.kind;
    hydrophone_shared_alert slot{.stamp = 0,
                                 .time_ns = result.time_ns,
                                 .sequence = result.sequence,
                                 .parent_size = result.parent_size,
                                 .price = result.price,
                                 .heads = {},
                                 .symbol = result.symbol,
                                 .side = result.side,
                                 .kind = result.kind,
                                 .score = result.score,
                                 .flags = result.flags,
                                 .reserved = {}};
    std::memcpy(slot.heads, result.heads, sizeof slot.heads);
    const std::uint64_t number = next_alert_++;
    write_locked(alerts_ + (number & alert_mask_) * sizeof slot, slot, 2 * number + 2);
    store(memory_, offsetof(hydrophone_shared_header, alerts), next_alert_,
          std::memory_order_release);
}

void SharedWriter::write_marked() {
    // Readers hold the lines: asked for early, they come together.
    for (std::size_t i = 0; i < marks_; ++i) {
        const std::byte* const memory = snapshots_ + marked_[i] * sizeof(hydrophone_snapshot);
        __builtin_prefetch(memory, 1);
        __builtin_prefetch(memory + 64, 1);
    }
    for (std::size_t i = 0; i < marks_; ++i) {
        const std::size_t symbol = marked_[i];
        hydrophone_snapshot& now = now_[symbol];
        now.version += 2;
        write_locked(snapshots_ + symbol * sizeof now, now, now.version);
        is_marked_[symbol] = 0;
    }
    marks_ = 0;
}

void SharedWriter::rank(const FusedRanks& ranks) {
    for (std::size_t symbol = 0; symbol < std::min(ranks.candidates, symbols_); ++symbol) {
        hydrophone_snapshot& now = now_[symbol];
        now.rank_sequence = sequence_;
        now.rank = ranks.rank[symbol];
        now.decided = ranks.decided;
        now.best = ranks.best;
        mark(symbol);
    }
    write_marked();
}

bool SharedWriter::name(std::string_view text) {
    if (named_ == symbols_) {
        return false;
    }
    hydrophone_shared_name name{};
    name.length = static_cast<std::uint32_t>(std::min(text.size(), sizeof name.text));
    std::memcpy(name.text, text.data(), name.length);
    std::uint64_t copy[sizeof name / sizeof(std::uint64_t)];
    std::memcpy(copy, &name, sizeof name);
    std::uint64_t* const words =
        words_at(memory_ + sizeof(hydrophone_shared_header) + named_ * sizeof name);
    for (std::size_t word = 0; word < std::size(copy); ++word) {
        SharedWord(words[word]).store(copy[word], std::memory_order_relaxed);
    }
    store(memory_, offsetof(hydrophone_shared_header, named), ++named_, std::memory_order_release);
    return true;
}

void SharedWriter::heartbeat() {
    store(memory_, offsetof(hydrophone_shared_header, heartbeat_ns), coarse_monotonic_ns());
}

void SharedWriter::end(std::uint64_t state) {
    heartbeat();
    store(memory_, offsetof(hydrophone_shared_header, state), state, std::memory_order_release);
}

}  // namespace hydrophone
