/* The seven kernels as a library: C, and so any language that calls C.
 *
 *     const hydrophone_library* k = hydrophone_library_of(NULL);   // what this processor does best
 *     float v = k->variance_f32(window, 64);
 *     k->moving_variance_f32(prices, count, 64, results);
 *     hydrophone_stream* s = k->stream(HYDROPHONE_VARIANCE, HYDROPHONE_F32, 64, 0);
 *     double now = hydrophone_stream_push(s, price, 0);
 *     hydrophone_stream_free(s);
 *
 * float32 results have the same bits on every instruction set. Fixed-point results are exact; they
 * are raw integers with HYDROPHONE_FRACTION fraction bits, cut off towards minus infinity.
 *
 * Windows:       n numbers. A NaN gives NaN; so does an infinite number, but average, distance and
 *                Haar transform are what arithmetic makes of it. Every NaN that comes out has the
 *                same bits, 0x7FC00000, whatever went in.
 * Series:        results stand at the place of each window's newest sample; before the first
 *                window is full they are NaN, in fixed point 0. `out` must not overlap the input.
 *                They return 0, or -1 if there is no memory or the window cannot be.
 * Streams:       as series, one sample at a time, with the same bits.
 *
 * - average: mean. Of no samples NaN, in fixed point 0.
 * - variance: population variance (divided by n). Of no samples NaN, in fixed point 0.
 * - correlation: Pearson's, -1 to 1; 0 where a column does not vary, or without samples; but NaN
 *   where either column holds a NaN or an infinite number.
 * - distance: Euclidean. Of no samples 0.
 * - entropy: Shannon's, in bits: of weights in any unit, which need not sum to 1 (f32), or of a
 *   window of bin numbers (u8). Negative and infinite weights give NaN; weights that sum to 0, the
 *   entropy 0.
 * - haar: orthonormal in f32; in fixed point sums and differences as they are. n is a multiple of
 *   2**levels; coefficients from the coarsest scale down, older minus newer. Sums of samples must
 *   lie within float32.
 *
 * Fusion: combinatorial fusion (Hsu, Chung and Kristal 2006): systems score candidates, and
 * six combinations of normalised scores and of ranks come of it, each for all candidates: score
 * average, by diversity strength, by performance, rank average, by diversity strength, by
 * performance. Larger scores win, smaller ranks. A system that lacks a score (NaN or infinite) or
 * gives all the same is left out; who does not take part gets 0, as do all where no system is left.
 * Weights by performance are finite, in any unit for scores; negative ones count as 0. Ranks take
 * the reciprocals of weights of at least 2**-15, of strengths of at least 2**-12.
 *
 * Accuracy against the formula in exact arithmetic, for float32: variance, correlation, and all
 * that move: one step of float32 (2**-23 of the result, of the average of magnitudes for the
 * average, of 1 for the correlation). average: two steps, 2**-22 of the average of magnitudes. Of
 * one window of 512 samples and more: variance 2**-20 of the result, correlation 2**-19.
 * distance: 2**-20 of the result. entropy: 2**-20 of log2 n, of at least 1 bit. haar: 2**-24 of the
 * sum of magnitudes under a coefficient times 2**(-level / 2), times level + 2. Of bins that move:
 * one step. fusion: 2**-19 of a score, 2**-17 of a rank.
 */
#ifndef HYDROPHONE_KERNELS_H
#define HYDROPHONE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* What libhydrophone exports; all else of it is hidden. */
#if defined(__GNUC__)
#define HYDROPHONE_API __attribute__((visibility("default")))
#else
#define HYDROPHONE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Fraction bits of fixed-point results, and the longest fixed-point window. */
#define HYDROPHONE_FRACTION 8
#define HYDROPHONE_LONGEST_FIXED 65536
/* The most that a fusion takes. */
#define HYDROPHONE_MAX_SYSTEMS 16
#define HYDROPHONE_MAX_CANDIDATES 64

typedef enum {
    HYDROPHONE_AVERAGE,
    HYDROPHONE_VARIANCE,
    HYDROPHONE_CORRELATION, /* pairs of samples */
    HYDROPHONE_DISTANCE,    /* pairs of samples */
    HYDROPHONE_ENTROPY,     /* samples are bin numbers */
    HYDROPHONE_HAAR         /* a row of results for each sample */
} hydrophone_kernel;

typedef enum { HYDROPHONE_F32, HYDROPHONE_FIXED } hydrophone_numbers;

typedef struct hydrophone_stream hydrophone_stream;
typedef struct hydrophone_fusion hydrophone_fusion;

typedef struct {
    const char* isa; /* the instruction set it was compiled for */

    float (*average_f32)(const float* x, size_t n);
    float (*variance_f32)(const float* x, size_t n);
    float (*correlation_f32)(const float* x, const float* y, size_t n);
    float (*distance_f32)(const float* x, const float* y, size_t n);
    float (*entropy_f32)(const float* weights, size_t n);
    void (*haar_f32)(const float* x, size_t n, int levels, float* out);

    /* Fixed point: of at most HYDROPHONE_LONGEST_FIXED samples. */
    int64_t (*average_i16)(const int16_t* x, size_t n);
    int64_t (*variance_i16)(const int16_t* x, size_t n);
    int64_t (*correlation_i16)(const int16_t* x, const int16_t* y, size_t n);
    int64_t (*distance_i16)(const int16_t* x, const int16_t* y, size_t n);
    int64_t (*entropy_u8)(const uint8_t* bins, size_t n); /* n is a power of two */
    void (*haar_i16)(const int16_t* x, size_t n, int levels, int32_t* out);

    int (*moving_average_f32)(const float* x, size_t n, size_t window, float* out);
    int (*moving_variance_f32)(const float* x, size_t n, size_t window, float* out);
    int (*moving_correlation_f32)(const float* x, const float* y, size_t n, size_t window,
                                  float* out);
    int (*moving_distance_f32)(const float* x, const float* y, size_t n, size_t window, float* out);
    /* Of bin numbers, with a window that is a power of two, at most HYDROPHONE_LONGEST_FIXED. */
    int (*moving_entropy_f32)(const uint8_t* bins, size_t n, size_t window, float* out);

    /* One fusion. `scores`: system after system, each its candidates'. `present`: who takes part,
     * NULL for all. `performance`: of each system, NULL for none. `fused`: six combinations after
     * one another, each its candidates'. `diversity`: strength of each system. */
    void (*fuse_f32)(const float* scores, size_t systems, size_t candidates, const uint8_t* present,
                     const float* performance, float* fused, float* diversity);
    /* A fusion that learns: a new outcome weighs 2**-rate, 1 <= rate <= 10. NULL if the sizes
     * cannot be, or there is no memory. */
    hydrophone_fusion* (*fusion)(size_t systems, size_t candidates, int rate);

    /* A window that slides with what is pushed. The window of an entropy and of a Haar transform
     * is a power of two; `bins` is the number of bins of an entropy, up to 256, and else ignored.
     * NULL if that cannot be, or there is no memory. */
    hydrophone_stream* (*stream)(hydrophone_kernel kernel, hydrophone_numbers numbers,
                                 size_t window, size_t bins);
} hydrophone_library;

/* The library for an instruction set by its name; NULL for the newest that this processor has, or
 * the one that $HYDROPHONE_ISA names. NULL if it is unknown, not compiled in or not available. */
HYDROPHONE_API const hydrophone_library* hydrophone_library_of(const char* isa);

/* Takes in a sample (a pair, where the kernel has two columns) and returns the window's result. In
 * fixed point the samples must be integers of 16 bits, the bins less than the number of bins. */
HYDROPHONE_API double hydrophone_stream_push(hydrophone_stream* stream, double x, double y);
/* Numbers in a row of results: 1, but 1 + log2(window) for a Haar transform. */
HYDROPHONE_API size_t hydrophone_stream_width(const hydrophone_stream* stream);
/* The newest row, `hydrophone_stream_width` of them, valid until the next push: for a Haar
 * transform the sum over the window, then the newest difference of every scale from the coarsest
 * down, each as the transform of the window ends with it. */
HYDROPHONE_API const double* hydrophone_stream_row(const hydrophone_stream* stream);
/* Forgets all samples. */
HYDROPHONE_API void hydrophone_stream_reset(hydrophone_stream* stream);
HYDROPHONE_API void hydrophone_stream_free(hydrophone_stream* stream);

/* Decides, as `fuse_f32` does, with the performance that was learned. With an `outcome` (NULL for
 * none): first judges by it the decision that last came with one, then remembers this one. */
HYDROPHONE_API void hydrophone_fusion_push(hydrophone_fusion* fusion, const float* scores,
                                           const uint8_t* present, const float* outcome,
                                           float* fused);
/* Of each system, as the last decision left them. */
HYDROPHONE_API const float* hydrophone_fusion_diversity(const hydrophone_fusion* fusion);
HYDROPHONE_API const float* hydrophone_fusion_performance(const hydrophone_fusion* fusion);
HYDROPHONE_API void hydrophone_fusion_reset(hydrophone_fusion* fusion);
HYDROPHONE_API void hydrophone_fusion_free(hydrophone_fusion* fusion);

#ifdef __cplusplus
}
#endif
#endif
