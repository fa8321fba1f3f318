#include "histogram.h"

#include <string.h>

void histogram_reset(struct histogram *histogram) { memset(histogram, 0, sizeof *histogram); }

static uint64_t upper_edge(uint32_t bucket) {
  if (bucket < (2u << HISTOGRAM_STEP_BITS)) return bucket;
  uint32_t shift = (bucket >> HISTOGRAM_STEP_BITS) - 1;
  uint64_t step = (bucket & ((1u << HISTOGRAM_STEP_BITS) - 1)) + (1u << HISTOGRAM_STEP_BITS);
  return ((step + 1) << shift) - 1;
}

uint64_t histogram_percentile(const struct histogram *histogram, double percent) {
  uint64_t wanted = (uint64_t)((double)histogram->count * percent / 100.0);
  uint64_t seen = 0;
  if (wanted >= histogram->count) return histogram->max;
  for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
    seen += histogram->buckets[bucket];
    if (seen > wanted) {
      uint64_t edge = upper_edge(bucket);
      return edge < histogram->max ? edge : histogram->max;
    }
  }
  return histogram->max;
}
