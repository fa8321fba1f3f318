/* `count` topics, each published once, to one subscriber with a wildcard: does the broker stall while its tables grow? */
#include "load.h"
#include "measure.h"
#include "probe.h"
#include "workloads.h"

static struct load load;
static struct counter counter;

void distinct_topics_run(const struct options *options) {
  struct load_plan plan = {.topic = "site/building/%u/temperature",
                           .count = (uint64_t)options->count,
                           .window = (uint32_t)options->window,
                           .payload = (uint32_t)options->payload,
                           .qos = options->qos,
                           .delivered = true};
  counter.load = &load;
  counter_start(&counter, "counter", true);
  uint64_t goal = loop.subscribed + 1;
  connection_subscribe(&counter.connection, "site/#", options->qos);
  loop_until(&loop.subscribed, goal, "the subscription");
  probe_start();
  probe_for((uint64_t)options->warmup);
  probe_reset();
  struct usage from = measure_usage();
  load_start(&load, &plan);
  probe_until(&counter.received, plan.count, "messages");
  struct usage to = measure_usage();
  const struct probe_times *times = probe_read();
  result_begin();
  result_number("sent", (double)load.sent);
  result_number("delivered", (double)counter.received);
  result_number("lost", 0);
  result_number("gaps", (double)counter.stray);
  result_usage(&from, &to);
  result_latency("ping", &times->ping);
  result_latency("latency", &times->echo);
  result_end();
}
