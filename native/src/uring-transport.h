// The backend without a system call per message: receiving and accepting go on by themselves (multishot), and all
// output of a turn is handed over by one call.
#pragma once

#include <linux/time_types.h>

#include "transport.h"
#include "uring.h"

namespace akasa {

class UringTransport final : public Transport {
 public:
  UringTransport(const Options& options, Deliver deliver) : Transport(options, std::move(deliver)) {}
  ~UringTransport() override { shutDown(); }

  // 0, or -errno with the thing that failed in `step`.
  int open(std::string* step);
  int pollFd() const override { return ring_.signalFd(); }
  bool incremental() const { return ring_.incremental(); }
  void shutDown() override;

 protected:
  void collect() override;
  void afterDelivery() override;
  bool leftovers() const override {
    return backlogAt_ < backlog_.size() || arrivalsAt_ < arrivals_.size() || ring_.unsubmitted() > 0;
  }
  void gather(int enough, int microseconds) override;
  void rest() override;
  void watchListener(int listener) override;
  void unwatchListener(int listener) override;
  void adopted(int slot) override { want(slot); }
  void send(int slot, const uint8_t* bytes, size_t length) override;
  void finishSends() override;
  bool sendsLater() const override { return true; }
  void receiveOff(int slot) override;
  void receiveOn(int slot) override { want(slot); }
  void watchWritable(int slot) override;
  void letGo(int slot) override;

 private:
  struct PendingSend {
    int slot;
    const uint8_t* bytes;
    size_t length;
  };

  io_uring_sqe* submission(uint64_t userData);
  void submitAll();
  // Moves completions to the backlog and the arrivals; those of sends are dealt with at once. `all`: also what
  // the kernel has deferred.
  void reap(bool all);
  void setAlarm();
  void stopAlarm();
  void alarmRang(const Completion& completion);
  void handle(const Completion& completion);
  void accepted(int listener, const Completion& completion);
  void receivedBy(int slot, const Completion& completion);
  void useBuffer(int slot, const Completion& completion);
  void writable(int slot);
  void releaseIfIdle(int slot);
  void want(int slot);
  void arm(int slot);

  Uring ring_;
  std::vector<Completion> reaped_;
  // Completions that are to be handled, from `backlogAt_` on.
  std::vector<Completion> backlog_;
  size_t backlogAt_ = 0;
  // The same of new connections, which come after all others and not too many at a time.
  std::vector<Completion> arrivals_;
  size_t arrivalsAt_ = 0;
  std::vector<PendingSend> sends_;
  // The number of the submission that sends_ will leave with.
  uint32_t sendRound_ = 1;
  // Bytes used of each receive buffer, and buffers that are used up.
  std::vector<uint32_t> consumed_;
  std::vector<uint16_t> usedUp_;
  // Connections and listeners whose multishot request is to be made anew.
  std::vector<int> wanting_;
  std::vector<int> listenAgain_;
  // Ends a wait for what does not come.
  bool alarmSet_ = false;
  bool alarmHeard_ = false;
  bool alarmRefused_ = false;
  __kernel_timespec alarm_{};
  // The kernel has done what was deferred, as of now.
  bool gathered_ = false;
};

}  // namespace akasa
