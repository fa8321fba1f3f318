// The two rings shared with the kernel, and the ring of receive buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "uring-abi.h"

namespace akasa {

struct Completion {
  uint64_t userData;
  int32_t result;
  uint32_t flags;
};

class Uring {
 public:
  Uring() = default;
  Uring(const Uring&) = delete;
  Uring& operator=(const Uring&) = delete;
  ~Uring() { close(); }

  // 0 or -errno; `step` then says what the kernel refused.
  int open(uint32_t entries, std::string* step);
  void close();
  int fd() const { return fd_; }
  // Readable when there are completions, or work to be done for them; cleared by `clearSignal`.
  int signalFd() const { return signalFd_; }
  void clearSignal();
  void signal();

  // Buffers of equal size in one piece of memory. 0 or -errno.
  int provideBuffers(uint8_t* memory, size_t size, uint32_t count, bool incremental);
  bool incremental() const { return incremental_; }
  size_t bufferSize() const { return bufferSize_; }
  // Puts a buffer back at the end of the ring; published by publishBuffers.
  void giveBack(uint16_t buffer);
  void publishBuffers();

  // Room for one submission, zeroed; null where the ring is full: submit first.
  io_uring_sqe* next();
  uint32_t unsubmitted() const { return queued_; }
  // Hands over all submissions. -errno if the kernel refuses.
  int submit();
  // Waits until everything that matches has ended. 0 or -errno.
  int cancelNow(uint64_t userData, uint32_t flags);
  // Waits until `count` completions are there, a timeout among them, or the time is over; -1: no limit of time.
  void wait(uint32_t count, int microseconds);

  // Moves the completions there are behind `into`; `all`: also those that the kernel has deferred, a thousand or so.
  void reap(std::vector<Completion>* into, bool all);
  // True if `reap` would find something.
  bool hasWork() const;

 private:
  void* map(size_t size, off_t offset) const;
  bool hasCompletions() const;

  int fd_ = -1;
  int signalFd_ = -1;
  void* rings_ = nullptr;
  size_t ringsSize_ = 0;
  io_uring_sqe* entries_ = nullptr;
  size_t entriesSize_ = 0;
  uint32_t* submissionHead_ = nullptr;
  uint32_t* submissionTail_ = nullptr;
  uint32_t* submissionFlags_ = nullptr;
  uint32_t submissionMask_ = 0;
  uint32_t* completionHead_ = nullptr;
  uint32_t* completionTail_ = nullptr;
  uint32_t completionMask_ = 0;
  Completion* completions_ = nullptr;
  uint32_t queued_ = 0;

  uring::BufferEntry* bufferRing_ = nullptr;
  size_t bufferRingSize_ = 0;
  uint8_t* buffers_ = nullptr;
  size_t bufferSize_ = 0;
  uint32_t bufferMask_ = 0;
  uint16_t bufferTail_ = 0;
  bool incremental_ = false;
};

}  // namespace akasa
