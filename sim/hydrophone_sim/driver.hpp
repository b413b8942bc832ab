// Runs a stream block in batches, inside the compiled simulation.
//
// The including file defines `Design`, which hides the simulator:
//   set(valid, payload), set_ready, set_reset   inputs of the next clock
//   settle()                                    outputs now show this clock
//   tick()                                      the clock edge
//   ready(), valid(), payload(words)            outputs of this clock
//   early_valid(), early(words)                 with early outputs alone
// A model of the handshake runs beside it: what is ready and valid is predicted on every clock.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace hydrophone {

/// A batch of events and what became of it; mirrored in `hydrophone_sim.compiled`.
struct Batch {
  const std::uint32_t* input;    ///< count rows of payload words
  std::uint32_t* output;         ///< count rows, results in order
  std::uint64_t* accepted;       ///< clock of each event's acceptance, or null
  std::uint64_t* offered;        ///< clock on which each result is first offered, or null
  std::uint32_t* early;          ///< count rows, early results in order
  std::uint64_t* flagged;        ///< clock on which each early result is offered, or null
  const std::uint8_t* valids;    ///< offer an event on this clock? repeats; null: at random
  const std::uint8_t* readies;   ///< take a result on this clock? repeats; null: at random
  std::uint64_t valids_length;
  std::uint64_t readies_length;
  std::uint64_t count;
  std::uint64_t limit;           ///< clocks at most
  std::uint64_t seed;
  std::uint32_t gap;             ///< chance that no event is offered, of 2**32
  std::uint32_t stall;           ///< chance that no result is taken, of 2**32
  // Answers.
  std::uint64_t clocks;          ///< clocks used
  std::uint64_t events;          ///< events accepted
  std::uint64_t results;         ///< results taken
  std::uint64_t flags;           ///< early results offered
  std::uint64_t fault_clock;     ///< clock of the first fault, if there is a fault
  std::uint32_t fault;           ///< Fault
  std::uint32_t reserved;
};

enum Fault : std::uint32_t { kNone, kReady, kValid, kPayload, kLimit, kUnsettled, kEarly };

/// Marsaglia's xorshift64: patterns that depend on the seed alone.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 2 + 1) {}
  std::uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::uint32_t>(state_ >> 32);
  }

 private:
  std::uint64_t state_;
};

/// kAlone: an event is accepted only when none is in flight.
template <typename Design, std::size_t kIn, std::size_t kOut, std::size_t kLatency, bool kAlone,
          std::uint64_t kClear, std::size_t kEarlyOut, std::size_t kEarlyLatency>
class Bench {
  static_assert(kEarlyLatency <= kLatency);

 public:
  Bench() { reset(); }

  Design& design() { return design_; }

  void reset() {
    design_.set_reset(true);
    design_.set(false, idle_);
    design_.set_ready(false);
    design_.settle();
    design_.tick();
    design_.set_reset(false);
    std::memset(held_, 0, sizeof held_);
    time_ = 0;
    sweep_ = kClear;
    shown_ = moved_ = false;
  }

  void run(Batch& batch) {
    Random random(batch.seed);
    batch.clocks = batch.events = batch.results = batch.flags = 0;
    batch.fault = kNone;
    bool offering = false;
    for (; batch.results < batch.count; ++batch.clocks) {
      if (batch.clocks == batch.limit) {
        batch.fault = kLimit;
        batch.fault_clock = batch.clocks;
        return;
      }
      const std::uint64_t clock = batch.clocks;
      const bool wants = batch.valids ? batch.valids[clock % batch.valids_length] != 0
                                      : batch.gap == 0 || random.next() >= batch.gap;
      const bool takes = batch.readies ? batch.readies[clock % batch.readies_length] != 0
                                       : batch.stall == 0 || random.next() >= batch.stall;
      // An event once offered stays until it is accepted.
      offering = batch.events < batch.count && (offering || wants);
      design_.set(offering, offering ? batch.input + batch.events * kIn : idle_);
      design_.set_ready(takes);
      if (!design_.settle()) return fail(batch, kUnsettled);

      const bool valid = held_[time_ % kLatency] != 0;
      const bool advance = takes || !valid;
      const bool free = !kAlone || batch.events == batch.results;
      const bool ready = advance && free && sweep_ == 0;
      if (design_.valid() != valid) return fail(batch, kValid);
      if (design_.ready() != ready) return fail(batch, kReady);
      if (valid && !collect(batch, clock)) return fail(batch, kPayload);
      if constexpr (kEarlyOut > 0) {
        if (!flag(batch, clock)) return fail(batch, kEarly);
      }
      if (valid && takes) {
        ++batch.results;
        shown_ = false;
      }
      if (advance) {
        held_[time_ % kLatency] = offering && ready;
        ++time_;
      }
      moved_ = advance;
      if (offering && ready) {
        if (batch.accepted) batch.accepted[batch.events] = clock;
        ++batch.events;
        offering = false;
      }
      if (sweep_) --sweep_;
      design_.tick();
    }
  }

 private:
  /// Keeps a result when it is first offered; tells whether it is still the same later.
  bool collect(Batch& batch, std::uint64_t clock) {
    std::uint32_t* place = batch.output + batch.results * kOut;
    if (shown_) {
      std::uint32_t again[kOut];
      design_.payload(again);
      return std::memcmp(place, again, sizeof again) == 0;
    }
    design_.payload(place);
    if (batch.offered) batch.offered[batch.results] = clock;
    shown_ = true;
    return true;
  }

  /// Keeps an early result, offered when its event has just come to its place; tells whether
  /// there is one exactly then.
  bool flag(Batch& batch, std::uint64_t clock) {
    const bool valid = moved_ && held_[(time_ + kLatency - kEarlyLatency) % kLatency] != 0;
    if (design_.early_valid() != valid) return false;
    if (valid) {
      design_.early(batch.early + batch.flags * kEarlyOut);
      if (batch.flagged) batch.flagged[batch.flags] = clock;
      ++batch.flags;
    }
    return true;
  }

  static void fail(Batch& batch, Fault fault) {
    batch.fault = fault;
    batch.fault_clock = batch.clocks;
  }

  Design design_;
  const std::uint32_t idle_[kIn] = {};
  std::uint8_t held_[kLatency] = {};  ///< which places of the pipeline hold an event
  std::uint64_t time_ = 0;            ///< clocks on which the pipeline moved
  std::uint64_t sweep_ = kClear;      ///< clocks until the state is swept
  bool shown_ = false;                ///< the next result was offered already
  bool moved_ = false;                ///< the pipeline moved at the last edge
};

}  // namespace hydrophone

#define HYDROPHONE_BENCH(Design, ...)                                                     \
  using TheBench = hydrophone::Bench<Design, __VA_ARGS__>;                                \
  extern "C" {                                                                            \
  TheBench* hydrophone_new() { return new TheBench; }                                     \
  void hydrophone_free(TheBench* bench) { delete bench; }                                 \
  void hydrophone_reset(TheBench* bench) { bench->reset(); }                              \
  void hydrophone_run(TheBench* bench, hydrophone::Batch* batch) { bench->run(*batch); } \
  }
