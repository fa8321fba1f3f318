/* Every workload connects, measures, prints one JSON object and returns. */
#ifndef WORKLOADS_H
#define WORKLOADS_H
#include "flow.h"
#include "options.h"

void idle_run(const struct options *options);
void connect_storm_run(const struct options *options);
void retained_storm_run(const struct options *options);
void distinct_topics_run(const struct options *options);
void subscriptions_run(const struct options *options);
void offline_run(const struct options *options);
void durable_write_run(const struct options *options);
void durable_read_run(const struct options *options);

#endif
