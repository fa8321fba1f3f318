/* Non-blocking MQTT connections to the broker on one epoll, one thread.
 *
 * Goals: one read per ready connection and turn, one write per connection that has something to say, nothing allocated
 * while measuring. After each read every connection marked dirty is flushed; `before_flush` encodes as late as possible,
 * so that a stamp in a payload is the moment of its write.
 */
#ifndef CONNECTION_H
#define CONNECTION_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "carrier.h"
#include "wire.h"

enum connection_state { CLOSED, CONNECTING, READY };

struct connection {
  int fd;
  struct carrier carrier;
  enum connection_state state;
  bool dirty;
  bool blocked;
  bool may_close; /* the broker closing it is no failure */
  bool small_window;
  uint8_t version;
  uint16_t receive_maximum;
  uint32_t index;
  uint32_t unanswered; /* reads since the last write */
  void (*on_packet)(struct connection *connection, const struct packet *packet);
  void (*before_flush)(struct connection *connection);
  uint8_t *out;
  uint32_t out_length;
  uint32_t out_capacity;
  uint8_t *partial;
  uint32_t partial_length;
};

struct loop {
  int epoll;
  uint64_t now;            /* of the latest read */
  uint64_t connected;      /* CONNACKs with success so far */
  uint64_t subscribed;     /* SUBACKs so far */
  uint64_t closed;         /* connections that the broker closed */
};

struct connect_plan {
  const char *name; /* client ids are NAME-INDEX */
  uint32_t count;
  bool clean;
};

extern struct loop loop;

void loop_start(uint32_t connections_max, long port, long version, long carrier);

/* Handles what is ready, waits at most `nanoseconds` for it (negative: 100 ms). */
void loop_turn(int64_t nanoseconds);

/* Turns until `*counter` reaches `goal`; fatal after 120 s, with `what` in the message. */
void loop_until(const uint64_t *counter, uint64_t goal, const char *what);

void connection_open(struct connection *connection, const char *client_id, bool clean);
void connection_open_all(struct connection *connections, const struct connect_plan *plan);
void connection_close(struct connection *connection);
void connection_freeze(struct connection *connection);

/* Room for `length` bytes at the end of the output; the caller adds what it used to out_length. */
uint8_t *connection_reserve(struct connection *connection, uint32_t length);
void connection_mark(struct connection *connection);
void connection_ack(struct connection *connection, enum packet_type type, uint16_t packet_id);
void connection_ping(struct connection *connection);
void connection_flush_dirty(void);

/* A SUBSCRIBE with one filter; loop.subscribed counts the answer. */
void connection_subscribe(struct connection *connection, const char *filter, long qos);

#endif
