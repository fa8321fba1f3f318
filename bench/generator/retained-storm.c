/* `count` retained messages, then one client subscribes to all of them: how long do the others wait meanwhile? */
#include "load.h"
#include "measure.h"
#include "probe.h"
#include "workloads.h"

static struct load load;
static struct counter counter;

void retained_storm_run(const struct options *options) {
  struct load_plan plan = {.topic = "retained/%u/state",
                           .count = (uint64_t)options->count,
                           .window = (uint32_t)options->window,
                           .payload = (uint32_t)options->payload,
                           .qos = 1,
                           .retain = true};
  load_start(&load, &plan);
  loop_until(&load.done, plan.count, "acknowledged retained messages");
  double stored_bytes = (double)measure_rss_bytes();
  probe_start();
  counter_start(&counter, "newcomer", true);
  probe_for((uint64_t)options->warmup);
  probe_reset();
  probe_for(1000);
  struct probe_times quiet = *probe_read();
  probe_reset();
  struct usage from = measure_usage();
  connection_subscribe(&counter.connection, "retained/#", options->qos);
  probe_until(&counter.received, plan.count, "retained messages");
  struct usage to = measure_usage();
  const struct probe_times *times = probe_read();
  result_begin();
  result_number("delivered", (double)counter.received);
  result_number("lost", 0);
  result_number("stored_rss_bytes", stored_bytes);
  result_usage(&from, &to);
  result_latency("quiet", &quiet.echo);
  result_latency("ping", &times->ping);
  result_latency("latency", &times->echo);
  result_end();
}
