/* Latencies in nanoseconds, log-linear: 64 steps per power of two, so a percentile is at most 1.6 % off. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H
#include <stdint.h>

enum { HISTOGRAM_STEP_BITS = 6, HISTOGRAM_BUCKETS = 60 << HISTOGRAM_STEP_BITS };

struct histogram {
  uint64_t count;
  uint64_t max;
  uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_reset(struct histogram *histogram);
uint64_t histogram_percentile(const struct histogram *histogram, double percent);

static inline void histogram_record(struct histogram *histogram, uint64_t nanoseconds) {
  uint32_t bucket;
  if (nanoseconds < (1u << HISTOGRAM_STEP_BITS)) {
    bucket = (uint32_t)nanoseconds;
  } else {
    uint32_t shift = 63u - (uint32_t)__builtin_clzll(nanoseconds) - HISTOGRAM_STEP_BITS;
    bucket = (shift << HISTOGRAM_STEP_BITS) + (uint32_t)(nanoseconds >> shift);
  }
  histogram->buckets[bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1]++;
  histogram->count++;
  if (nanoseconds > histogram->max) histogram->max = nanoseconds;
}

#endif
