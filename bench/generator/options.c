#include "options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

static const struct {
  const char *name;
  size_t offset;
  long fallback;
} table[] = {
    {"port", offsetof(struct options, port), 1883},
    {"broker", offsetof(struct options, broker_pid), 0},
    {"version", offsetof(struct options, version), 4},
    {"carrier", offsetof(struct options, carrier), 0},
    {"qos", offsetof(struct options, qos), 0},
    {"publishers", offsetof(struct options, publishers), 1},
    {"subscribers", offsetof(struct options, subscribers), 1},
    {"window", offsetof(struct options, window), 1},
    {"rate", offsetof(struct options, rate), 0},
    {"tick", offsetof(struct options, tick), 50},
    {"payload", offsetof(struct options, payload), 64},
    {"milliseconds", offsetof(struct options, milliseconds), 3000},
    {"warmup", offsetof(struct options, warmup), 2000},
    {"count", offsetof(struct options, count), 10000},
    {"frozen", offsetof(struct options, frozen), 0},
    {"bulk", offsetof(struct options, bulk), 0},
    {"alias", offsetof(struct options, alias), 0},
    {"clean", offsetof(struct options, clean), 1},
    {"subscribe", offsetof(struct options, subscribe), 1},
};

static void parse_word(struct options *options, const char *word) {
  const char *equals = strchr(word, '=');
  for (size_t i = 0; equals && i < sizeof table / sizeof *table; i++) {
    size_t length = strlen(table[i].name);
    if (length != (size_t)(equals - word) || strncmp(word, table[i].name, length) != 0) continue;
    char *end;
    long value = strtol(equals + 1, &end, 10);
    if (*end || end == equals + 1) fatal("not a number: %s", word);
    *(long *)((char *)options + table[i].offset) = value;
    return;
  }
  fatal("unknown option %s", word);
}

void options_parse(struct options *options, int count, char **words) {
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    *(long *)((char *)options + table[i].offset) = table[i].fallback;
  for (int i = 0; i < count; i++) parse_word(options, words[i]);
  if (options->payload < 24) fatal("payload must hold 24 bytes of stamp, publisher and sequence");
}
