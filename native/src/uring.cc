#include "uring.h"

#include <cstring>
#include <linux/time_types.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

namespace akasa {
namespace {

uint32_t* fieldOf(void* base, uint32_t offset) {
  return reinterpret_cast<uint32_t*>(static_cast<uint8_t*>(base) + offset);
}

// Others may bring more while the kernel does what it had deferred, without an end.
constexpr size_t reapedMax = 1024;

uint32_t acquire(const uint32_t* value) { return __atomic_load_n(value, __ATOMIC_ACQUIRE); }

}  // namespace

void* Uring::map(size_t size, off_t offset) const {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_, offset);
  return memory == MAP_FAILED ? nullptr : memory;
}

int Uring::open(uint32_t entries, std::string* step) {
  io_uring_params params{};
  // One thread submits. What arrives is prepared when it enters the kernel for completions, neither by interrupting it
  // nor by waking it from a wait under load.
  params.flags = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                 IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_SUBMIT_ALL;
  params.cq_entries = entries * 4;
  *step = "io_uring_setup";
  fd_ = uring::setup(entries, &params);
  if (fd_ < 0) return fd_;
  const uint32_t needed = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP;
  if ((params.features & needed) != needed) {
    *step = "the features of io_uring";
    return -ENOSYS;
  }
  *step = "mapping the rings";
  const size_t submissions = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
  const size_t completions = params.cq_off.cqes + params.cq_entries * sizeof(Completion);
  ringsSize_ = submissions > completions ? submissions : completions;
  rings_ = map(ringsSize_, IORING_OFF_SQ_RING);
  entriesSize_ = params.sq_entries * sizeof(io_uring_sqe);
  entries_ = static_cast<io_uring_sqe*>(map(entriesSize_, IORING_OFF_SQES));
  if (rings_ == nullptr || entries_ == nullptr) return -ENOMEM;
  submissionHead_ = fieldOf(rings_, params.sq_off.head);
  submissionTail_ = fieldOf(rings_, params.sq_off.tail);
  submissionFlags_ = fieldOf(rings_, params.sq_off.flags);
  submissionMask_ = *fieldOf(rings_, params.sq_off.ring_mask);
  completionHead_ = fieldOf(rings_, params.cq_off.head);
  completionTail_ = fieldOf(rings_, params.cq_off.tail);
  completionMask_ = *fieldOf(rings_, params.cq_off.ring_mask);
  completions_ = reinterpret_cast<Completion*>(static_cast<uint8_t*>(rings_) + params.cq_off.cqes);
  uint32_t* order = fieldOf(rings_, params.sq_off.array);
  for (uint32_t index = 0; index < params.sq_entries; index++) order[index] = index;
  // The descriptor of a ring whose work is deferred never becomes readable.
  *step = "eventfd";
  signalFd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return signalFd_ < 0 ? -errno : uring::registerWith(fd_, uring::registerEventFd, &signalFd_, 1);
}

void Uring::clearSignal() {
  eventfd_t count;
  eventfd_read(signalFd_, &count);
}

void Uring::close() {
  if (rings_ != nullptr) munmap(rings_, ringsSize_);
  if (entries_ != nullptr) munmap(entries_, entriesSize_);
  if (fd_ >= 0) ::close(fd_);
  if (signalFd_ >= 0) ::close(signalFd_);
  if (bufferRing_ != nullptr) munmap(bufferRing_, bufferRingSize_);
  rings_ = nullptr;
  entries_ = nullptr;
  bufferRing_ = nullptr;
  fd_ = -1;
  signalFd_ = -1;
}

int Uring::provideBuffers(uint8_t* memory, size_t size, uint32_t count, bool incremental) {
  if (bufferRing_ == nullptr) {
    bufferRingSize_ = count * sizeof(uring::BufferEntry);
    void* ring = mmap(nullptr, bufferRingSize_, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
    if (ring == MAP_FAILED) return -ENOMEM;
    bufferRing_ = static_cast<uring::BufferEntry*>(ring);
  }
  uring::BufferRegistration registration{};
  registration.address = reinterpret_cast<uint64_t>(bufferRing_);
  registration.entries = count;
  registration.flags = incremental ? uring::bufferRingIncremental : 0;
  const int error = uring::registerWith(fd_, uring::registerBufferRing, &registration, 1);
  if (error < 0) return error;
  incremental_ = incremental;
  buffers_ = memory;
  bufferSize_ = size / count;
  bufferMask_ = count - 1;
  for (uint32_t buffer = 0; buffer < count; buffer++) giveBack(static_cast<uint16_t>(buffer));
  publishBuffers();
  return 0;
}

void Uring::giveBack(uint16_t buffer) {
  uring::BufferEntry& entry = bufferRing_[bufferTail_ & bufferMask_];
  entry.address = reinterpret_cast<uint64_t>(buffers_ + buffer * bufferSize_);
  entry.length = static_cast<uint32_t>(bufferSize_);
  entry.id = buffer;
  bufferTail_++;
}

void Uring::publishBuffers() {
  // The tail of the ring lies in the first entry's last field.
  __atomic_store_n(&bufferRing_[0].tailOfFirst, bufferTail_, __ATOMIC_RELEASE);
}

io_uring_sqe* Uring::next() {
  const uint32_t tail = *submissionTail_;
  if (tail - acquire(submissionHead_) > submissionMask_) return nullptr;
  io_uring_sqe* entry = &entries_[tail & submissionMask_];
  std::memset(entry, 0, sizeof *entry);
  __atomic_store_n(submissionTail_, tail + 1, __ATOMIC_RELEASE);
  queued_++;
  return entry;
}

int Uring::submit() {
  while (queued_ > 0) {
    const int taken = uring::enter(fd_, queued_, 0, 0, nullptr, 0);
    if (taken == -EINTR) continue;
    if (taken < 0) return taken;
    queued_ -= static_cast<uint32_t>(taken);
  }
  return 0;
}

void Uring::wait(uint32_t count, int microseconds) {
  __kernel_timespec time{};
  time.tv_nsec = static_cast<long long>(microseconds) * 1000;
  uring::WaitArgument argument{};
  argument.timeout = reinterpret_cast<uint64_t>(&time);
  const bool limited = microseconds >= 0;
  const unsigned flags = IORING_ENTER_GETEVENTS | (limited ? IORING_ENTER_EXT_ARG : 0);
  const int taken =
      uring::enter(fd_, queued_, count, flags, limited ? &argument : nullptr, limited ? sizeof argument : 0);
  if (taken > 0) queued_ -= static_cast<uint32_t>(taken);
}

int Uring::cancelNow(uint64_t userData, uint32_t flags) {
  uring::SyncCancel request{};
  request.userData = userData;
  request.fd = -1;
  request.flags = flags;
  // No limit of time.
  request.seconds = -1;
  request.nanoseconds = -1;
  return uring::registerWith(fd_, uring::registerSyncCancel, &request, 1);
}

void Uring::signal() { eventfd_write(signalFd_, 1); }

bool Uring::hasCompletions() const { return *completionHead_ != acquire(completionTail_); }

bool Uring::hasWork() const {
  return hasCompletions() || (acquire(submissionFlags_) & (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN)) != 0;
}

void Uring::reap(std::vector<Completion>* into, bool all) {
  // Completions that had no room, or that are put off until somebody enters the kernel.
  const uint32_t waiting = IORING_SQ_CQ_OVERFLOW | (all ? IORING_SQ_TASKRUN : 0u);
  for (;;) {
    uint32_t head = *completionHead_;
    const uint32_t tail = acquire(completionTail_);
    for (; head != tail; head++) into->push_back(completions_[head & completionMask_]);
    __atomic_store_n(completionHead_, head, __ATOMIC_RELEASE);
    if ((acquire(submissionFlags_) & waiting) == 0 || into->size() >= reapedMax) return;
    uring::enter(fd_, 0, 0, IORING_ENTER_GETEVENTS, nullptr, 0);
    if (!hasCompletions()) return;
  }
}

}  // namespace akasa
