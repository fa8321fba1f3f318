#define _GNU_SOURCE
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

enum { EVENTS = 512, INPUT_BYTES = 1 << 18, OPENING_MAX = 64, SOURCES = 200, PATIENCE_SECONDS = 120, LATE_EVERY = 64 };

struct loop loop;

static struct {
  long port;
  uint8_t version;
  uint32_t sockets;
  struct connection **dirty;
  uint32_t dirty_count;
  uint8_t input[INPUT_BYTES];
} own;

void loop_start(uint32_t connections_max, long port, long version, long carrier) {
  carrier_start(carrier);
  own.port = port;
  own.version = (uint8_t)version;
  own.dirty = malloc(sizeof *own.dirty * connections_max);
  loop.epoll = epoll_create1(0);
  if (!own.dirty || loop.epoll < 0) fatal("cannot start: %s", strerror(errno));
}

static void watch(struct connection *connection, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  if (epoll_ctl(loop.epoll, operation, connection->fd, &event) != 0) fatal("epoll_ctl: %s", strerror(errno));
}

/* Ephemeral ports are counted per source address: 200 of them make room for connect storms beside TIME_WAIT. */
static void bind_source(int fd) {
  int on = 1;
  struct sockaddr_in source = {.sin_family = AF_INET};
  source.sin_addr.s_addr = htonl(0x7f000002u + own.sockets++ % SOURCES);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&source, sizeof source) != 0) fatal("bind: %s", strerror(errno));
}

void connection_open(struct connection *connection, const char *client_id, bool clean) {
  int on = 1, small = 4096;
  struct sockaddr_in broker = {.sin_family = AF_INET, .sin_port = htons((uint16_t)own.port)};
  broker.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connection->fd < 0) fatal("socket: %s", strerror(errno));
  setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connection->small_window) setsockopt(connection->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  bind_source(connection->fd);
  if (connect(connection->fd, (struct sockaddr *)&broker, sizeof broker) != 0 && errno != EINPROGRESS)
    fatal("connect: %s", strerror(errno));
  carrier_begin(&connection->carrier, connection->fd);
  connection->state = CONNECTING;
  connection->version = own.version;
  connection->receive_maximum = 65535;
  connection->out_length = 0;
  connection->unanswered = 0;
  connection->partial_length = 0;
  connection->blocked = true; /* until the connect is through */
  uint8_t *out = connection_reserve(connection, 300);
  connection->out_length += (uint32_t)wire_connect(out, own.version, client_id, clean);
  watch(connection, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

void connection_open_all(struct connection *connections, const struct connect_plan *plan) {
  char client_id[64];
  uint64_t before = loop.connected;
  for (uint32_t i = 0; i < plan->count; i++) {
    connections[i].index = i;
    snprintf(client_id, sizeof client_id, "%s-%u", plan->name, i);
    connection_open(&connections[i], client_id, plan->clean);
    if (i + 1 >= OPENING_MAX) loop_until(&loop.connected, before + i + 1 - OPENING_MAX, "connections");
  }
  loop_until(&loop.connected, before + plan->count, "connections");
}

void connection_close(struct connection *connection) {
  if (connection->state == CLOSED) return;
  carrier_end(&connection->carrier);
  close(connection->fd);
  connection->state = CLOSED;
  connection->out_length = 0;
}

void connection_freeze(struct connection *connection) {
  if (epoll_ctl(loop.epoll, EPOLL_CTL_DEL, connection->fd, NULL) != 0) fatal("epoll_ctl: %s", strerror(errno));
}

uint8_t *connection_reserve(struct connection *connection, uint32_t length) {
  if (connection->out_length + length > connection->out_capacity) {
    connection->out_capacity = (connection->out_length + length) * 2;
    connection->out = realloc(connection->out, connection->out_capacity);
    if (!connection->out) fatal("out of memory");
  }
  return connection->out + connection->out_length;
}

void connection_mark(struct connection *connection) {
  if (connection->dirty) return;
  connection->dirty = true;
  own.dirty[own.dirty_count++] = connection;
}

void connection_ack(struct connection *connection, enum packet_type type, uint16_t packet_id) {
  uint8_t *out = connection_reserve(connection, 4);
  out[0] = (uint8_t)(type << 4 | (type == PUBREL ? 2 : 0));
  out[1] = 2;
  wire_put16(out + 2, packet_id);
  connection->out_length += 4;
  connection_mark(connection);
}

void connection_ping(struct connection *connection) {
  memcpy(connection_reserve(connection, 2), "\xc0\x00", 2);
  connection->out_length += 2;
  connection_mark(connection);
}

void connection_subscribe(struct connection *connection, const char *filter, long qos) {
  uint8_t *packet = connection_reserve(connection, 512);
  uint8_t *at = packet + wire_subscribe_begin(packet, own.version);
  at += wire_subscribe_filter(at, filter, qos);
  connection->out_length += (uint32_t)wire_subscribe_end(packet, at, 1);
  connection_mark(connection);
}

static void lost(struct connection *connection, const char *why) {
  if (!connection->may_close) fatal("the broker closed connection %u: %s", connection->index, why);
  loop.closed++;
  connection_close(connection);
}

static void set_blocked(struct connection *connection, bool blocked) {
  if (connection->blocked == blocked) return;
  connection->blocked = blocked;
  watch(connection, EPOLL_CTL_MOD, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void flush(struct connection *connection) {
  if (connection->state == CLOSED || !connection->carrier.open) return;
  if (connection->out_length == 0 && !carrier_waits(&connection->carrier)) return;
  ssize_t sent = carrier_send(&connection->carrier, connection->out, connection->out_length);
  if (sent < 0 && errno != EAGAIN) {
    lost(connection, strerror(errno));
    return;
  }
  if (sent < 0) sent = 0;
  connection->unanswered = 0;
  connection->out_length -= (uint32_t)sent;
  if (connection->out_length) memmove(connection->out, connection->out + sent, connection->out_length);
  set_blocked(connection, connection->out_length > 0 || carrier_waits(&connection->carrier));
}

void connection_flush_dirty(void) {
  for (uint32_t i = 0; i < own.dirty_count; i++) {
    struct connection *connection = own.dirty[i];
    connection->dirty = false;
    if (connection->before_flush) connection->before_flush(connection);
    if (!connection->blocked) flush(connection);
  }
  own.dirty_count = 0;
}

static void take_packet(struct connection *connection, const struct packet *packet) {
  if (packet->type == CONNACK) {
    if (packet->body[1] != 0) fatal("connection %u refused with code %u", connection->index, packet->body[1]);
    if (connection->version == 5) connection->receive_maximum = wire_connack_receive_maximum(packet);
    connection->state = READY;
    loop.connected++;
  } else if (packet->type == SUBACK) {
    if (packet->body[packet->length - 1] >= 128) fatal("subscription refused: %u", packet->body[packet->length - 1]);
    loop.subscribed++;
  } else if (packet->type == DISCONNECT) {
    fatal("the broker disconnected %u with reason %u", connection->index, packet->length ? packet->body[0] : 0);
  }
  if (connection->on_packet) connection->on_packet(connection, packet);
}

/* What a read left incomplete is kept beside the connection and put before the next read. */
static void keep_partial(struct connection *connection, const uint8_t *bytes, size_t length) {
  if (length > 0) {
    if (!connection->partial) connection->partial = malloc(INPUT_BYTES);
    if (!connection->partial || length >= INPUT_BYTES) fatal("a packet larger than %d bytes", INPUT_BYTES);
    memcpy(connection->partial, bytes, length);
  }
  connection->partial_length = (uint32_t)length;
}

/* Who reads and does not write acknowledges every second packet, not each: else that costs as much as all the rest, and
 * the generator more than the brokers. A pause makes TCP forget it, so it is said again now and then. */
static void acknowledge_late(const struct connection *connection) {
  int off = 0;
  setsockopt(connection->fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
}

static void read_ready(struct connection *connection) {
  size_t held = connection->partial_length, at = 0, size;
  struct packet packet;
  if (held) memcpy(own.input, connection->partial, held);
  ssize_t got = carrier_receive(&connection->carrier, own.input + held, INPUT_BYTES - held);
  if (got <= 0) {
    if (got < 0 && errno == EAGAIN) return;
    lost(connection, got < 0 ? strerror(errno) : "end of stream");
    return;
  }
  loop.now = clock_now();
  if (++connection->unanswered % LATE_EVERY == 4) acknowledge_late(connection);
  size_t available = held + (size_t)got;
  while (connection->state != CLOSED && (size = wire_packet(&packet, own.input + at, available - at)) > 0) {
    at += size;
    take_packet(connection, &packet);
  }
  if (connection->state != CLOSED) keep_partial(connection, own.input + at, available - at);
}

static void handle(struct connection *connection, uint32_t events) {
  if (!connection->carrier.open) {
    carrier_handshake(&connection->carrier);
    /* While it waits for the other side, the socket could be written to all the time. */
    set_blocked(connection, connection->carrier.open);
    if (!connection->carrier.open) return;
    events |= EPOLLOUT;
  }
  if (events & EPOLLOUT) flush(connection);
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && connection->state != CLOSED) read_ready(connection);
  connection_flush_dirty();
}

void loop_turn(int64_t nanoseconds) {
  struct epoll_event events[EVENTS];
  if (nanoseconds < 0) nanoseconds = 100000000;
  struct timespec timeout = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  connection_flush_dirty();
  int count = epoll_pwait2(loop.epoll, events, EVENTS, &timeout, NULL);
  if (count < 0 && errno != EINTR) fatal("epoll_pwait2: %s", strerror(errno));
  for (int i = 0; i < count; i++) handle(events[i].data.ptr, events[i].events);
}

void loop_until(const uint64_t *counter, uint64_t goal, const char *what) {
  uint64_t deadline = clock_now() + PATIENCE_SECONDS * 1000000000ull;
  while (*counter < goal) {
    loop_turn(-1);
    if (clock_now() > deadline)
      fatal("waited %d s for %s: %lu of %lu", PATIENCE_SECONDS, what, *counter, goal);
  }
}
