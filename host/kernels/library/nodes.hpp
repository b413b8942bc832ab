// Nodes that a sliding window is joined from: each the statistics of some neighbouring samples, in
// float64.
//
// A window is never corrected by what leaves it: it is joined anew from nodes of 1, 2, 4, ...
// samples, each of which serves all windows that contain it. So nothing drifts however long the
// stream runs, a NaN is forgotten with the window that held it, and a window's result depends on
// its samples alone. Squares are of differences between nodes (Chan, Golub and LeVeque, "Updating
// formulae and a pairwise algorithm for computing sample variances", 1979): nothing cancels,
// however far from zero the samples lie.
#pragma once

#include "library/correlation.hpp"

namespace HYDROPHONE_KERNELS::library {

// How two neighbouring nodes of given counts join: the difference of their means is
// (sum_newer * newer - sum_older * older) / (n_newer * n_older).
struct Joint {
    double newer;
    double older;
    // 1 / (n_newer * n_older * (n_newer + n_older)), for the weights above.
    double scale;

    static Joint of(std::ptrdiff_t n_newer, std::ptrdiff_t n_older) {
        const double a = static_cast<double>(n_newer), b = static_cast<double>(n_older);
        return n_newer == n_older ? Joint{1, 1, 1 / (2 * a)} : Joint{b, a, 1 / (a * b * (a + b))};
    }
};

// `equal`: both weights of the joint are 1.
template <bool equal, class V>
HYDROPHONE_INLINE V difference(V newer, V older, const Joint& joint) {
    return equal ? newer - older : newer * joint.newer - older * joint.older;
}

// 0, but NaN of what is not finite.
template <class V>
HYDROPHONE_INLINE V trace(V x) {
    return x - x;
}

// Each kind of node begins as a `leaf`, of one sample; `pair` joins two of them, `join` nodes of
// any size. It tells its `result` by the window's `share`, one in so many samples. What is not
// finite must leave its trace there: `alone` is the result of a window of one.
struct AverageNode {
    static constexpr std::size_t INPUTS = 1, FIELDS = 1;

    template <class V>
    HYDROPHONE_INLINE static void leaf(const V* sample, V* node) {
        node[0] = sample[0];
    }
    template <class V>
    HYDROPHONE_INLINE static void pair(const V* newer, const V* older, V* node) {
        node[0] = newer[0] + older[0];
    }
    template <bool equal, class V>
    HYDROPHONE_INLINE static void join(const V* newer, const V* older, const Joint&, V* node) {
        node[0] = newer[0] + older[0];
    }
    template <class V>
    HYDROPHONE_INLINE static V result(const V* node, double share) {
        return node[0] * share;
    }
    template <class V>
    HYDROPHONE_INLINE static V alone(const V* node) {
        return node[0];
    }
};

struct VarianceNode {
    static constexpr std::size_t INPUTS = 1, FIELDS = 2;

    template <class V>
    HYDROPHONE_INLINE static void leaf(const V* sample, V* node) {
        node[0] = sample[0];
        node[1] = V{};
    }
    template <class V>
    HYDROPHONE_INLINE static void pair(const V* newer, const V* older, V* node) {
        const V d = newer[0] - older[0];
        node[0] = newer[0] + older[0];
        node[1] = d * d * 0.5;
    }
    template <bool equal, class V>
    HYDROPHONE_INLINE static void join(const V* newer, const V* older, const Joint& joint,
                                       V* node) {
        const V d = difference<equal>(newer[0], older[0], joint);
        const V squares = newer[1] + older[1];
        node[0] = newer[0] + older[0];
        node[1] = squares + d * d * joint.scale;
    }
    template <class V>
    HYDROPHONE_INLINE static V result(const V* node, double share) {
        return trace(node[1]) + node[1] * share;
    }
    template <class V>
    HYDROPHONE_INLINE static V alone(const V* node) {
        return trace(node[0]);
    }
};

struct CorrelationNode {
    static constexpr std::size_t INPUTS = 2, FIELDS = 5;

    template <class V>
    HYDROPHONE_INLINE static void leaf(const V* sample, V* node) {
        node[0] = sample[0];
        node[1] = sample[1];
        node[2] = node[3] = node[4] = V{};
    }
    template <class V>
    HYDROPHONE_INLINE static void pair(const V* newer, const V* older, V* node) {
        const V dx = newer[0] - older[0], dy = newer[1] - older[1];
        const V scaled = dx * 0.5;
        node[0] = newer[0] + older[0];
        node[1] = newer[1] + older[1];
        node[2] = scaled * dx;
        node[3] = dy * 0.5 * dy;
        node[4] = scaled * dy;
    }
    template <bool equal, class V>
    HYDROPHONE_INLINE static void join(const V* newer, const V* older, const Joint& joint,
                                       V* node) {
        const V dx = difference<equal>(newer[0], older[0], joint);
        const V dy = difference<equal>(newer[1], older[1], joint);
        const V scaled = dx * joint.scale;
        const V xx = newer[2] + older[2], yy = newer[3] + older[3], xy = newer[4] + older[4];
        node[0] = newer[0] + older[0];
        node[1] = newer[1] + older[1];
        node[2] = xx + scaled * dx;
        node[3] = yy + dy * joint.scale * dy;
        node[4] = xy + scaled * dy;
    }
    template <class V>
    HYDROPHONE_INLINE static V result(const V* node, double) {
        const V product = node[2] * node[3];
        return trace(product) + limited_correlation(node[4] * inverse_root(product), product);
    }
    template <class V>
    HYDROPHONE_INLINE static V alone(const V* node) {
        return trace(node[0]) + trace(node[1]);
    }
};

struct DistanceNode {
    static constexpr std::size_t INPUTS = 2, FIELDS = 1;

    template <class V>
    HYDROPHONE_INLINE static void leaf(const V* sample, V* node) {
        const V difference = sample[0] - sample[1];
        node[0] = difference * difference;
    }
    template <class V>
    HYDROPHONE_INLINE static void pair(const V* newer, const V* older, V* node) {
        node[0] = newer[0] + older[0];
    }
    template <bool equal, class V>
    HYDROPHONE_INLINE static void join(const V* newer, const V* older, const Joint&, V* node) {
        node[0] = newer[0] + older[0];
    }
    template <class V>
    HYDROPHONE_INLINE static V result(const V* node, double) {
        return root_of(node[0]);
    }
    template <class V>
    HYDROPHONE_INLINE static V alone(const V* node) {
        return root_of(node[0]);
    }
};

}  // namespace HYDROPHONE_KERNELS::library
