"""Simulator adapters: C++ that gives every top one shape, `Design` of driver.hpp."""

# One evaluation a clock: with the clock forced to rise, `eval` computes what this clock shows
# from the registers as they are, and the registers' successors, which `commit` then takes over.
CXXRTL = """
#include "design.cc"

class Design {
 public:
  void set_reset(bool value) { top_.p_rst.set<bool>(value); }
  void set(bool valid, const std::uint32_t* payload) {
    top_.p_i__valid.set<bool>(valid);
    std::memcpy(top_.p_i__payload.data, payload, sizeof top_.p_i__payload.data);
  }
  void set_ready(bool value) { top_.p_o__ready.set<bool>(value); }
#ifdef HYDROPHONE_CONTROLS
  void control(const std::uint32_t* words) {
    std::memcpy(top_.p_controls.data, words, sizeof top_.p_controls.data);
  }
#endif
  bool settle() {
    top_.prev_p_clk.set<bool>(false);
    top_.p_clk.set<bool>(true);
    return top_.eval();
  }
  void tick() { top_.commit(); }
  bool ready() const { return now(top_.p_i__ready).template get<bool>(); }
  bool valid() const { return now(top_.p_o__valid).template get<bool>(); }
  void payload(std::uint32_t* words) const {
    const auto& value = now(top_.p_o__payload);
    std::memcpy(words, value.data, sizeof value.data);
  }
#ifdef HYDROPHONE_EARLY
  bool early_valid() const { return now(top_.p_early__valid).template get<bool>(); }
  void early(std::uint32_t* words) const {
    const auto& value = now(top_.p_early);
    std::memcpy(words, value.data, sizeof value.data);
  }
#endif

 private:
  template <std::size_t kBits>
  static const cxxrtl::value<kBits>& now(const cxxrtl::value<kBits>& value) { return value; }
  template <std::size_t kBits>
  static const cxxrtl::value<kBits>& now(const cxxrtl::wire<kBits>& wire) { return wire.curr; }

  cxxrtl_design::p_top top_;
};
"""

VERILATED = """
#include "Vtop.h"
#include "verilated.h"
#ifdef HYDROPHONE_COVERED
#include "verilated_cov.h"
#endif
#ifdef HYDROPHONE_TRACED
#include "verilated_vcd_c.h"
#endif

class Design {
 public:
  void set_reset(bool value) { top_.rst = value; }
  void set(bool valid, const std::uint32_t* payload) {
    top_.i_valid = valid;
    std::memcpy(&top_.i_payload, payload, std::min(sizeof top_.i_payload, kInput));
  }
  void set_ready(bool value) { top_.o_ready = value; }
#ifdef HYDROPHONE_CONTROLS
  void control(const std::uint32_t* words) {
    std::memcpy(&top_.controls, words, std::min(sizeof top_.controls, kControls));
  }
#endif
  bool settle() {
    top_.clk = 0;
    evaluate();
    return true;
  }
  void tick() {
    top_.clk = 1;
    evaluate();
#ifdef HYDROPHONE_TRACED
    ++clock_;
#endif
  }
  bool ready() const { return top_.i_ready; }
  bool valid() const { return top_.o_valid; }
  void payload(std::uint32_t* words) const {
    std::memset(words, 0, kOutput);
    std::memcpy(words, &top_.o_payload, std::min(sizeof top_.o_payload, kOutput));
  }
#ifdef HYDROPHONE_EARLY
  bool early_valid() const { return top_.early_valid; }
  void early(std::uint32_t* words) const {
    std::memset(words, 0, kEarly);
    std::memcpy(words, &top_.early, std::min(sizeof top_.early, kEarly));
  }
#endif
#ifdef HYDROPHONE_COVERED
  void cover(const char* path) { context_.coveragep()->write(path); }
#endif
#ifdef HYDROPHONE_TRACED
  // Clock k begins with its rising edge at k periods; half a period later its inputs are there.
  void trace(const char* path, std::uint64_t first, std::uint64_t last, double period) {
    file_.set_time_unit("1ps");
    file_.set_time_resolution("1ps");
    top_.trace(&file_, 99);
    file_.open(path);
    first_ = first, last_ = last, clock_ = 0, period_ = period;
  }
  ~Design() { file_.close(); }
#endif

 private:
  void evaluate() {
    top_.eval();
#ifdef HYDROPHONE_TRACED
    if (file_.isOpen() && clock_ >= first_ && clock_ <= last_) {
      const double half = 2.0 * static_cast<double>(clock_) + (top_.clk ? 2.0 : 1.0);
      file_.dump(static_cast<std::uint64_t>(half * period_ / 2.0 + 0.5));
    }
#endif
  }

  VerilatedContext context_;
#ifdef HYDROPHONE_TRACED
  VerilatedVcdC file_;
  struct Tracing {
    explicit Tracing(VerilatedContext& context) { context.traceEverOn(true); }
  } tracing_{context_};
  std::uint64_t first_ = 0, last_ = 0, clock_ = 0;
  double period_ = 0.0;
#endif
  Vtop top_{&context_};
};
"""

# The same with every signal written out between two clocks.
TRACED = "#define HYDROPHONE_TRACED\n" + VERILATED

TRACE = """
extern "C" void hydrophone_trace(TheBench* bench, const char* path, std::uint64_t first,
                                 std::uint64_t last, double period) {
  bench->design().trace(path, first, last, period);
}
"""

# The same with counters of what the stimulus reaches.
COVERED = "#define HYDROPHONE_COVERED\n" + VERILATED

COVER = """
extern "C" void hydrophone_cover(TheBench* bench, const char* path) {
  bench->design().cover(path);
}
"""

# Settings may change between two batches, when nothing is in flight.
CONTROL = """
extern "C" void hydrophone_control(TheBench* bench, const std::uint32_t* words) {
  bench->design().control(words);
}
"""
