// Fusion stream: decisions one after the other, which learn how well the systems rank.
#pragma once

#include "library/fusion.hpp"
#include "library/stream.hpp"

namespace HYDROPHONE_KERNELS::library {

// Performance is a running average of rank information coefficients, Spearman's correlation
// 1 - 6 sum d**2 / (n (n**2 - 1)) of a system's ranks and the outcome's; see
// hydrophone_model.fusion.performance.
class LearningFusion final : public hydrophone_fusion {
  public:
    LearningFusion(std::size_t systems, std::size_t candidates, int rate)
        : systems_(systems),
          gain_(1 / static_cast<float>(1 << rate)),
          fusion_(systems, candidates, performance_) {}

    void reset() override {
        remembered_.count = 0;
        for (std::size_t system = 0; system < systems_; ++system) {
            performance_[system] = diversity_[system] = 0;
        }
    }
    const float* performance() const override { return performance_; }
    const float* diversity() const override { return diversity_; }

    void push(const float* scores, const u8* present, const float* outcome, float* fused) override {
        if (outcome != nullptr) {
            learn(outcome);
        }
        fusion_.decide(scores, present, fused, diversity_);
        if (outcome != nullptr) {
            remembered_ = fusion_.field();
            for (std::size_t system = 0; system < systems_; ++system) {
                const Candidates* ranks = nullptr;
                used_[system] = fusion_.is_used(system, ranks);
                if (used_[system]) {
                    ranks_[system] = *ranks;
                }
            }
        }
    }

  private:
    void learn(const float* outcome) {
        Candidates given, scaled, truth;
        i32 places[MAX_CANDIDATES];
        if (remembered_.count < 2) {
            return;
        }
        remembered_.gather(outcome, given);
        // Outcomes that are all equal, or no finite numbers, judge nobody.
        if (!normalise(given, remembered_, scaled)) {
            return;
        }
        rank(given, remembered_, truth, places);
        const float n = static_cast<float>(remembered_.count);
        const float most_loss = n * (n * n - 1) / 6;
        for (std::size_t system = 0; system < systems_; ++system) {
            if (!used_[system]) {
                continue;
            }
            // Ranks are multiples of 1/2: sums of their squares are exact in any order.
            float loss = 0;
            for (std::size_t i = 0; i < remembered_.count; ++i) {
                const float difference = ranks_[system][i] - truth[i];
                loss += difference * difference;
            }
            const float coefficient = 1 - loss / most_loss;
            performance_[system] += (coefficient - performance_[system]) * gain_;
        }
    }

    std::size_t systems_;
    float gain_;
    float performance_[MAX_SYSTEMS] = {};
    float diversity_[MAX_SYSTEMS] = {};
    Fusion fusion_;
    Field remembered_;
    bool used_[MAX_SYSTEMS] = {};
    Candidates ranks_[MAX_SYSTEMS];
};

}  // namespace HYDROPHONE_KERNELS::library
