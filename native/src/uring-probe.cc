#include "uring-probe.h"

#include <memory>
#include <sys/socket.h>
#include <unistd.h>

#include "uring.h"

namespace akasa {
namespace {

struct Pair {
  int ends[2] = {-1, -1};
  ~Pair() {
    for (const int end : ends) {
      if (end >= 0) close(end);
    }
  }
};

constexpr size_t areaSize = 4096;
constexpr int patience = 1000000;

int tryReceive(Uring& ring, const Pair& pair, uint8_t* area) {
  const int error = ring.provideBuffers(area, areaSize, 4, false);
  if (error < 0) return error;
  io_uring_sqe* entry = ring.next();
  entry->opcode = IORING_OP_RECV;
  entry->fd = pair.ends[0];
  entry->ioprio = IORING_RECV_MULTISHOT;
  entry->flags = IOSQE_BUFFER_SELECT;
  if (ring.submit() < 0 || ::write(pair.ends[1], "x", 1) != 1) return -EIO;
  ring.wait(1, patience);
  std::vector<Completion> completions;
  ring.reap(&completions, true);
  if (completions.size() != 1) return -ETIME;
  if (completions[0].result < 0) return completions[0].result;
  const uint32_t wanted = IORING_CQE_F_BUFFER | IORING_CQE_F_MORE;
  return (completions[0].flags & wanted) == wanted ? 0 : -ENOSYS;
}

// A send that does not fit must be over when submission returns, and say how much went.
int trySend(Uring& ring, const Pair& pair) {
  const size_t size = 1u << 20;
  const std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]());
  io_uring_sqe* entry = ring.next();
  entry->opcode = IORING_OP_SEND;
  entry->fd = pair.ends[0];
  entry->addr = reinterpret_cast<uint64_t>(bytes.get());
  entry->len = static_cast<uint32_t>(size);
  entry->msg_flags = MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL;
  entry->flags = IOSQE_CQE_SKIP_SUCCESS;
  if (ring.submit() < 0) return -EIO;
  std::vector<Completion> completions;
  ring.reap(&completions, true);
  if (completions.size() != 1) {
    // It may still read the bytes.
    ring.cancelNow(0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
    return -ENOSYS;
  }
  return completions[0].result > 0 && completions[0].result < static_cast<int>(size) ? 0 : -ENOSYS;
}

}  // namespace

int probeUring(std::string* step) {
  Uring ring;
  const int error = ring.open(8, step);
  if (error < 0) return error;
  Pair receiving;
  Pair sending;
  *step = "socketpair";
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, receiving.ends) < 0) return -errno;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sending.ends) < 0) return -errno;
  *step = "multishot recv with provided buffers";
  const std::unique_ptr<uint8_t[]> area(new uint8_t[areaSize]);
  const int receiveError = tryReceive(ring, receiving, area.get());
  // Nothing may write to the area after it is freed.
  const int cancelled = ring.cancelNow(0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
  if (receiveError < 0) return receiveError;
  *step = "synchronous cancellation";
  if (cancelled < 0 && cancelled != -ENOENT) return cancelled;
  std::vector<Completion> rest;
  ring.reap(&rest, true);
  *step = "send without waiting";
  return trySend(ring, sending);
}

}  // namespace akasa
