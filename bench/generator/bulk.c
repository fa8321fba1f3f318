#include "bulk.h"

#include <string.h>

#include "connection.h"
#include "measure.h"

static struct {
  struct connection connection;
  struct template message;
  uint8_t bytes[BULK_BYTES + 256];
  uint64_t interval;
  uint64_t next;
} bulk;

void bulk_start(uint64_t per_second) {
  static const struct connect_plan plan = {"bulk", 1, true};
  connection_open_all(&bulk.connection, &plan);
  struct publish_shape shape = {.version = bulk.connection.version, .topic = "bulk", .payload_length = BULK_BYTES};
  wire_template(&bulk.message, bulk.bytes, &shape);
  bulk.interval = 1000000000u / per_second;
  bulk.next = clock_now();
}

uint64_t bulk_due(void) { return bulk.interval ? bulk.next : UINT64_MAX; }

void bulk_tick(uint64_t now) {
  if (bulk_due() > now) return;
  bulk.next = now + bulk.interval;
  if (bulk.connection.out_length > 0) return; /* the broker reads no faster: that is its right */
  memcpy(connection_reserve(&bulk.connection, bulk.message.length), bulk.message.bytes, bulk.message.length);
  bulk.connection.out_length += bulk.message.length;
  connection_mark(&bulk.connection);
}
