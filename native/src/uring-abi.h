// io_uring without liburing: the three system calls, and what the headers of older distributions do not declare.
#pragma once

#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace akasa::uring {

// Of Linux 6.12: a buffer is consumed in pieces.
constexpr uint16_t bufferRingIncremental = 2;
constexpr uint32_t completionBufferMore = 1u << 4;

// Of Linux 6.4: a timeout that goes on.
constexpr uint32_t timeoutMultishot = 1u << 6;

// struct io_uring_buf_ring changed its form between versions of the headers; its layout did not.
struct BufferEntry {
  uint64_t address;
  uint32_t length;
  uint16_t id;
  uint16_t tailOfFirst;
};

struct BufferRegistration {
  uint64_t address;
  uint32_t entries;
  uint16_t group;
  uint16_t flags;
  uint64_t reserved[3];
};

struct WaitArgument {
  uint64_t signalMask;
  uint32_t signalMaskSize;
  uint32_t minimumWait;
  uint64_t timeout;
};

struct SyncCancel {
  uint64_t userData;
  int32_t fd;
  uint32_t flags;
  int64_t seconds;
  int64_t nanoseconds;
  uint64_t reserved[4];
};

constexpr unsigned registerEventFd = 4;
constexpr unsigned registerBufferRing = 22;
constexpr unsigned registerSyncCancel = 24;

inline int result(long answer) { return answer < 0 ? -errno : static_cast<int>(answer); }

inline int setup(unsigned entries, io_uring_params* params) {
  return result(syscall(__NR_io_uring_setup, entries, params));
}

inline int enter(int fd, unsigned submit, unsigned wait, unsigned flags, const void* argument, size_t size) {
  return result(syscall(__NR_io_uring_enter, fd, submit, wait, flags, argument, size));
}

inline int registerWith(int fd, unsigned operation, void* argument, unsigned count) {
  return result(syscall(__NR_io_uring_register, fd, operation, argument, count));
}

}  // namespace akasa::uring
