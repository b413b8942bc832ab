// Turn: a guard that lets one thread at a time work on a state.
#pragma once

#include <stdexcept>

namespace hydrophone {

// Throws std::runtime_error while another turn on the same state lasts.
class Turn {
  public:
    explicit Turn(bool& busy) : busy_(busy) {
        if (busy_) {
            throw std::runtime_error(
                "another thread is using this engine: give each thread its own");
        }
        busy_ = true;
    }
    ~Turn() { busy_ = false; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    bool& busy_;
};

}  // namespace hydrophone
