/* Clocks, what the broker process costs, and the JSON object that is the generator's only output. */
#ifndef MEASURE_H
#define MEASURE_H
#include <stdint.h>
#include <time.h>

#include "histogram.h"

/* Processor time and memory of broker and generator at one moment. */
struct usage {
  uint64_t now;
  uint64_t broker_cpu;
  uint64_t generator_cpu;
  uint64_t machine_ticks; /* all processes, all cores */
  uint64_t broker_user_ticks;
  uint64_t broker_system_ticks;
};

__attribute__((noreturn, format(printf, 1, 2))) void fatal(const char *format, ...);

static inline uint64_t clock_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void measure_start(long broker_pid);
struct usage measure_usage(void);
uint64_t measure_rss_bytes(void);

/* A line on standard error, for who wants to look at the broker when the measured time begins and ends. */
void measure_mark(const char *moment);

void result_begin(void);
void result_number(const char *name, double value);
void result_usage(const struct usage *from, const struct usage *to);
void result_latency(const char *name, const struct histogram *histogram);
void result_end(void);

#endif
