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
  bool receiving = false;
  bool cancelling = false;
  bool polling = false;
  bool wantsReceive = false;
  // Backend: not watched at all, because epoll reports a hang-up again and again.
  bool unwatched = false;
  PeerName peer;
  // What ended it, as errno.
  int failure = 0;
  // Backend: epoll events asked for, or the number of the submission that holds its last send.
  uint32_t mark = 0;
  std::unique_ptr<ByteQueue> output;
  // Backend: bytes that arrived while the owner wanted none.
  std::unique_ptr<ByteQueue> held;
};

}  // namespace akasa
