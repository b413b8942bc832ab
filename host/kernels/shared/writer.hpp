// Shared-memory writer: publishes results to other processes; see docs/shared-memory.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "hydrophone_model.h"
#include "hydrophone_shared_layout.h"

namespace hydrophone {

// Fused ranks of a decision: one byte a candidate.
struct FusedRanks {
    const std::uint8_t* rank;
    std::size_t candidates;
    std::uint8_t decided;
    std::uint8_t best;
};

// What moves the thresholds of the alert block, of each kind: see hydrophone_model.whale.alert. A
// result says whether an episode opened and which head pays for it, so that thresholds are
// followed from results, on whichever device.
struct ThresholdRule {
    std::array<std::uint32_t, Kind::COUNT> falls;
    std::uint32_t lift;
    std::size_t classes;
    // Known thresholds, of class after class; empty where they are not known.
    std::vector<std::uint32_t> thresholds;
};

// The writer of one segment, by one thread at a time. The memory's header has been written by who
// made the segment, and says how it is laid out; zero lies behind it.
class SharedWriter {
  public:
    SharedWriter(std::byte* memory, ThresholdRule rule);

    // Publishes results, of any alignment, in order: alerts at once, snapshots once a call (and
    // every few hundred events of a long one). Those of symbols that the segment lacks are left
    // out.
    void publish(const Result* results, std::size_t count);

    // Adds a decision on the last event published to the snapshots of its candidates.
    void rank(const FusedRanks& ranks);

    // Writes a symbol's name, the next one's without a name; false where the segment has no more.
    bool name(std::string_view text);

    // Thresholds from here on, as of `ThresholdRule`.
    void set_rule(ThresholdRule rule) { rule_ = std::move(rule); }

    // Says that the writer lives.
    void heartbeat();

    // Says how it ended; a HYDROPHONE_SHARED_… state.
    void end(std::uint64_t state);

  private:
    void take(const Result& result);
    void alert(const Result& result);
    void mark(std::size_t symbol);
    void write_marked();

    std::byte* memory_;
    std::byte* snapshots_;
    std::byte* alerts_;
    std::size_t symbols_;
    std::uint64_t alert_mask_;
    std::uint64_t next_alert_ = 0;
    std::uint64_t events_ = 0, late_ = 0, named_ = 0;
    std::uint64_t time_ns_ = 0, sequence_ = 0;
    ThresholdRule rule_;
    // What readers are to see; and which of it they do not see yet.
    std::vector<hydrophone_snapshot> now_;
    std::vector<std::uint32_t> marked_;
    std::size_t marks_ = 0;
    std::vector<std::uint8_t> is_marked_;
};

}  // namespace hydrophone
