/* What carries the bytes of a connection: TCP itself, TLS over it, or a WebSocket over it.
 *
 * The calls answer like send and recv: -1 with EAGAIN where the socket is to be waited for, 0 at the end.
 */
#ifndef CARRIER_H
#define CARRIER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum carrier_kind { CARRIER_TCP, CARRIER_TLS, CARRIER_WEBSOCKET };

struct carrier {
  int fd;
  bool open;          /* MQTT may begin */
  void *tls;          /* SSL */
  uint64_t frame_left; /* bytes of the WebSocket frame that is being received */
  uint8_t head[10];   /* of the next frame, as far as it has arrived */
  uint8_t head_length;
  uint8_t *waiting;   /* framed bytes that the socket did not take */
  size_t waiting_length;
};

void carrier_start(long kind);
void carrier_begin(struct carrier *carrier, int fd);
/* Goes on with the handshake, whatever the socket is ready for; fatal where it fails. */
void carrier_handshake(struct carrier *carrier);
ssize_t carrier_send(struct carrier *carrier, const uint8_t *bytes, size_t length);
/* What was taken and did not leave yet. */
bool carrier_waits(const struct carrier *carrier);
ssize_t carrier_receive(struct carrier *carrier, uint8_t *bytes, size_t room);
void carrier_end(struct carrier *carrier);

#endif
