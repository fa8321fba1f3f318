/* The load of the benchmarks: one thread, raw sockets, packets encoded before the measurement. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "connection.h"
#include "measure.h"
#include "workloads.h"

static const struct {
  const char *name;
  void (*run)(const struct options *options);
} workloads[] = {
    {"flow", flow_run},
    {"idle", idle_run},
    {"connect-storm", connect_storm_run},
    {"retained-storm", retained_storm_run},
    {"distinct-topics", distinct_topics_run},
    {"subscriptions", subscriptions_run},
    {"offline", offline_run},
    {"durable-write", durable_write_run},
    {"durable-read", durable_read_run},
};

static void raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **words) {
  struct options options;
  if (count < 2) fatal("usage: generator WORKLOAD key=value ...");
  options_parse(&options, count - 2, words + 2);
  raise_file_limit();
  prctl(PR_SET_TIMERSLACK, 1000); /* 1 us: the offered rate wakes on time */
  measure_start(options.broker_pid);
  loop_start(100000, options.port, options.version, options.carrier);
  for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++) {
    if (strcmp(workloads[i].name, words[1]) != 0) continue;
    workloads[i].run(&options);
    return 0;
  }
  fatal("unknown workload %s", words[1]);
}
