#include "measure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
  long pid;
  clockid_t clock;
  int fields;
} broker;

void fatal(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("generator: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

/* The process clock counts every thread, also those that ended, in nanoseconds; /proc/PID/stat counts in 10 ms ticks. */
void measure_start(long broker_pid) {
  broker.pid = broker_pid;
  if (broker_pid && clock_getcpuclockid((pid_t)broker_pid, &broker.clock) != 0)
    fatal("no process %ld to measure", broker_pid);
}

static uint64_t read_clock(clockid_t clock) {
  struct timespec time;
  if (clock_gettime(clock, &time) != 0) fatal("the broker process has gone");
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void read_ticks(struct usage *usage) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%ld/stat", broker.pid);
  FILE *file = fopen(path, "r");
  if (!file) fatal("the broker process has gone");
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  char *after_name = strrchr(text, ')');
  if (!after_name || sscanf(after_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                            &usage->broker_user_ticks, &usage->broker_system_ticks) != 2)
    fatal("cannot read %s", path);
}

static uint64_t read_machine_ticks(void) {
  unsigned long user = 0, nice = 0, system = 0, irq = 0, softirq = 0, steal = 0;
  FILE *file = fopen("/proc/stat", "r");
  if (!file || fscanf(file, "cpu %lu %lu %lu %*u %*u %lu %lu %lu", &user, &nice, &system, &irq, &softirq, &steal) != 6)
    fatal("cannot read /proc/stat");
  fclose(file);
  return user + nice + system + irq + softirq + steal;
}

struct usage measure_usage(void) {
  struct usage usage = {0};
  if (broker.pid) {
    read_ticks(&usage);
    usage.broker_cpu = read_clock(broker.clock);
  }
  usage.machine_ticks = read_machine_ticks();
  usage.generator_cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  usage.now = clock_now();
  return usage;
}

uint64_t measure_rss_bytes(void) {
  char path[64];
  unsigned long pages = 0;
  if (!broker.pid) return 0;
  snprintf(path, sizeof path, "/proc/%ld/statm", broker.pid);
  FILE *file = fopen(path, "r");
  if (!file || fscanf(file, "%*u %lu", &pages) != 1) fatal("cannot read %s", path);
  fclose(file);
  return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void measure_mark(const char *moment) { fprintf(stderr, "mark %s\n", moment); }

void result_begin(void) { putchar('{'); }

void result_number(const char *name, double value) {
  printf("%s\"%s\":%.10g", broker.fields++ ? "," : "", name, value);
}

/* What neither broker nor generator used, in cores: a busy machine makes every number worse, so it is shown. */
static double others_share(const struct usage *from, const struct usage *to) {
  double ours = (double)(to->broker_cpu - from->broker_cpu + to->generator_cpu - from->generator_cpu) / 1e9;
  double all = (double)(to->machine_ticks - from->machine_ticks) / (double)sysconf(_SC_CLK_TCK);
  double others = (all - ours) / ((double)(to->now - from->now) / 1e9);
  return others > 0 ? others : 0;
}

void result_usage(const struct usage *from, const struct usage *to) {
  double user = (double)(to->broker_user_ticks - from->broker_user_ticks);
  double system = (double)(to->broker_system_ticks - from->broker_system_ticks);
  result_number("seconds", (double)(to->now - from->now) / 1e9);
  result_number("broker_cpu_us", (double)(to->broker_cpu - from->broker_cpu) / 1e3);
  result_number("broker_user_share", user + system > 0 ? user / (user + system) : 0);
  result_number("generator_cpu_us", (double)(to->generator_cpu - from->generator_cpu) / 1e3);
  result_number("others_cores", others_share(from, to));
  result_number("rss_bytes", (double)measure_rss_bytes());
}

void result_latency(const char *name, const struct histogram *histogram) {
  static const struct {
    const char *suffix;
    double percent;
  } percentiles[] = {{"p50", 50}, {"p99", 99}, {"p99_9", 99.9}, {"max", 100}};
  char field[64];
  if (histogram->count == 0) return;
  for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++) {
    snprintf(field, sizeof field, "%s_%s_us", name, percentiles[i].suffix);
    result_number(field, (double)histogram_percentile(histogram, percentiles[i].percent) / 1e3);
  }
}

void result_end(void) {
  puts("}");
  fflush(stdout);
}
