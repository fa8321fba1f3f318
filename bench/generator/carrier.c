#define _GNU_SOURCE
#include "carrier.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "measure.h"
#include "tls.h"

static long kind;

static const char request[] = "GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Protocol: mqtt\r\n\r\n";

void carrier_start(long wanted) {
  kind = wanted;
  if (kind == CARRIER_TLS) tls_start();
}

void carrier_begin(struct carrier *carrier, int fd) {
  memset(carrier, 0, sizeof *carrier);
  carrier->fd = fd;
  carrier->open = kind == CARRIER_TCP;
  if (kind == CARRIER_TLS) carrier->tls = tls_open(fd);
}

void carrier_end(struct carrier *carrier) {
  if (carrier->tls) tls_close(carrier->tls);
  free(carrier->waiting);
  carrier->tls = NULL;
  carrier->waiting = NULL;
  carrier->waiting_length = 0;
}

bool carrier_waits(const struct carrier *carrier) { return carrier->waiting_length > 0; }

static void upgrade(struct carrier *carrier) {
  char answer[1024];
  if (carrier->head_length == 0) {
    if (send(carrier->fd, request, sizeof request - 1, MSG_NOSIGNAL) != sizeof request - 1) fatal("upgrade: not sent");
    carrier->head_length = 1;
  }
  ssize_t got = recv(carrier->fd, answer, sizeof answer - 1, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) fatal("upgrade: no answer");
  answer[got] = 0;
  if (strncmp(answer, "HTTP/1.1 101", 12) != 0 || !strstr(answer, "\r\n\r\n")) fatal("upgrade: %.40s", answer);
  carrier->head_length = 0;
  carrier->open = true;
}

void carrier_handshake(struct carrier *carrier) {
  if (kind == CARRIER_WEBSOCKET) upgrade(carrier);
  else carrier->open = tls_handshake(carrier->tls);
}

/* One binary frame. The masking key is 0: masking is the client's cost, and it is the broker that is measured. */
static size_t frame_head(uint8_t *head, size_t length) {
  size_t size = 2;
  head[0] = 0x82;
  if (length < 126) {
    head[1] = (uint8_t)(0x80 | length);
  } else if (length < 65536) {
    head[1] = 0x80 | 126;
    head[2] = (uint8_t)(length >> 8);
    head[3] = (uint8_t)length;
    size = 4;
  } else {
    head[1] = 0x80 | 127;
    for (int i = 0; i < 8; i++) head[2 + i] = (uint8_t)((uint64_t)length >> (56 - 8 * i));
    size = 10;
  }
  memset(head + size, 0, 4);
  return size + 4;
}

static void keep(struct carrier *carrier, const uint8_t *head, size_t head_size, const uint8_t *bytes, size_t length,
                 size_t sent) {
  size_t total = head_size + length;
  uint8_t *rest = malloc(total - sent);
  if (!rest) fatal("out of memory");
  size_t from_head = sent < head_size ? head_size - sent : 0;
  memcpy(rest, head + head_size - from_head, from_head);
  memcpy(rest + from_head, bytes + (sent > head_size ? sent - head_size : 0), total - sent - from_head);
  carrier->waiting = rest;
  carrier->waiting_length = total - sent;
}

static ssize_t websocket_send(struct carrier *carrier, const uint8_t *bytes, size_t length) {
  if (carrier->waiting_length > 0) {
    ssize_t sent = send(carrier->fd, carrier->waiting, carrier->waiting_length, MSG_NOSIGNAL);
    if (sent < 0) return -1;
    carrier->waiting_length -= (size_t)sent;
    memmove(carrier->waiting, carrier->waiting + sent, carrier->waiting_length);
    if (carrier->waiting_length > 0) {
      errno = EAGAIN;
      return -1;
    }
    free(carrier->waiting);
    carrier->waiting = NULL;
  }
  if (length == 0) return 0;
  uint8_t head[14];
  size_t head_size = frame_head(head, length);
  struct iovec parts[2] = {{head, head_size}, {(void *)bytes, length}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  ssize_t sent = sendmsg(carrier->fd, &message, MSG_NOSIGNAL);
  if (sent < 0) return -1;
  if ((size_t)sent < head_size + length) keep(carrier, head, head_size, bytes, length, (size_t)sent);
  return (ssize_t)length;
}

/* Takes the frames' heads out, in place. */
static size_t unframe(struct carrier *carrier, uint8_t *bytes, size_t length) {
  size_t at = 0, kept = 0;
  while (at < length) {
    if (carrier->frame_left > 0) {
      size_t piece = carrier->frame_left < length - at ? (size_t)carrier->frame_left : length - at;
      memmove(bytes + kept, bytes + at, piece);
      kept += piece;
      at += piece;
      carrier->frame_left -= piece;
      continue;
    }
    uint8_t *head = carrier->head;
    head[carrier->head_length++] = bytes[at++];
    if (carrier->head_length < 2) continue;
    uint8_t size = head[1] == 126 ? 4 : head[1] == 127 ? 10 : 2;
    if (carrier->head_length < size) continue;
    if (head[0] != 0x82) fatal("a WebSocket frame that begins with %02x", head[0]);
    if (size == 2) carrier->frame_left = head[1];
    for (int i = 2; i < size; i++) carrier->frame_left = carrier->frame_left << 8 | head[i];
    carrier->head_length = 0;
  }
  return kept;
}

ssize_t carrier_send(struct carrier *carrier, const uint8_t *bytes, size_t length) {
  if (kind == CARRIER_WEBSOCKET) return websocket_send(carrier, bytes, length);
  if (kind == CARRIER_TLS) return tls_send(carrier->tls, bytes, length);
  return send(carrier->fd, bytes, length, MSG_NOSIGNAL);
}

ssize_t carrier_receive(struct carrier *carrier, uint8_t *bytes, size_t room) {
  if (kind == CARRIER_TLS) return tls_receive(carrier->tls, bytes, room);
  ssize_t got = recv(carrier->fd, bytes, room, 0);
  if (got <= 0 || kind == CARRIER_TCP) return got;
  size_t kept = unframe(carrier, bytes, (size_t)got);
  if (kept > 0) return (ssize_t)kept;
  errno = EAGAIN;
  return -1;
}
