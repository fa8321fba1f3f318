// The backend for every Linux: readiness by epoll, one recv and one send per connection and wake-up.
#pragma once

#include "transport.h"

namespace akasa {

class EpollTransport final : public Transport {
 public:
  EpollTransport(const Options& options, Deliver deliver) : Transport(options, std::move(deliver)) {}
  ~EpollTransport() override { shutDown(); }

  // 0, or -errno and nothing was opened.
  int open();
  int pollFd() const override { return epoll_; }
  void shutDown() override;

 protected:
  void collect() override;
  void afterDelivery() override { areaUsed_ = 0; }
  void gather(int enough, int microseconds) override;
  void watchListener(int listener) override;
  void unwatchListener(int listener) override;
  void adopted(int slot) override;
  void send(int slot, const uint8_t* bytes, size_t length) override { sendDirectly(slot, bytes, length); }
  void finishSends() override {}
  bool sendsLater() const override { return false; }
  void receiveOff(int slot) override;
  void receiveOn(int slot) override;
  void watchWritable(int slot) override;
  void letGo(int slot) override { released(slot); }

 private:
  void accept(int listener);
  void read(int slot);
  void hungUp(int slot);
  // Asks for these epoll events of the connection.
  void watch(int slot, uint32_t events);

  int epoll_ = -1;
  size_t areaUsed_ = 0;
};

}  // namespace akasa
