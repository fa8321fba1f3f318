// One accepted socket. Small, for there are very many: what it does not use yet it does not have.
#pragma once

#include <cstdint>
#include <memory>

#include "byte-queue.h"
#include "socket.h"

namespace akasa {

// One line of the processor's cache.
struct alignas(64) Connection {
  int fd = -1;
  // The slot is taken: from the acceptance until `closed` was delivered.
  bool used = false;
  // The owner wants no bytes for now.
  bool paused = false;
  // The peer has closed its direction, and the owner knows.
  bool ended = false;
  // The peer has closed its direction while paused: to be told at resume.
  bool endHeld = false;
  // The owner wants our direction closed: received bytes are thrown away.
  bool ending = false;
  // Our direction is closed.
  bool shut = false;
  // Nothing more is delivered but `closed`.
  bool dying = false;
  // More waited than may go unreported; and: all of it has gone, which is to be told.
  bool congested = false;
  bool drained = false;
  // Listed for a report at the next run.
  bool listed = false;
  // Backend: io_uring requests on their way, and whether receiving is being cancelled.
  bool receiving : 1;
  bool cancelling : 1;
  bool polling : 1;
  bool wantsReceive : 1;
  // Backend: not watched at all, because epoll reports a hang-up again and again.
  bool unwatched : 1;
  // How often who sent quickly has paused.
  uint8_t pauses = 0;
  // Milliseconds at which bytes came, and how often they came quickly in a row.
  uint16_t receivedAt = 0;
  uint16_t quick = 0;
  PeerName peer;
  // What ended it, as errno.
  int16_t failure = 0;
  // Backend: epoll events asked for, or the number of the submission that holds its last send.
  uint32_t mark = 0;
  std::unique_ptr<ByteQueue> output;
  // Backend: bytes that arrived while the owner wanted none.
  std::unique_ptr<ByteQueue> held;

  Connection() : receiving(false), cancelling(false), polling(false), wantsReceive(false), unwatched(false) {}
};

static_assert(sizeof(Connection) == 64);

}  // namespace akasa
