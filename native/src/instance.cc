#include "instance.h"

#include <cerrno>
#include <cstdlib>

#include "epoll-transport.h"
#include "js-values.h"
#include "uring-transport.h"

namespace akasa {
namespace {

template <typename Handle>
Handle* allocate(uv_handle_type type, Instance* instance) {
  auto* handle = static_cast<Handle*>(std::malloc(uv_handle_size(type)));
  if (handle != nullptr) uv_handle_set_data(reinterpret_cast<uv_handle_t*>(handle), instance);
  return handle;
}

Instance* instanceOf(const void* handle) {
  return static_cast<Instance*>(uv_handle_get_data(static_cast<const uv_handle_t*>(handle)));
}

}  // namespace

Instance::Instance(napi_env env, napi_value self, napi_value options) : env_(env) {
  const auto numberOf = [&](const char* name) { return js::number(env, js::property(env, options, name)); };
  const auto bytesOf = [&](const char* name) {
    const napi_value value = js::property(env, options, name);
    hold(value);
    return js::bytes(env, value);
  };
  SharedMemory& memory = options_.memory;
  const js::Bytes area = bytesOf("area");
  memory.area = area.data;
  memory.areaSize = area.length;
  const js::Bytes events = bytesOf("events");
  memory.events = reinterpret_cast<int32_t*>(events.data);
  memory.eventsMax = events.length / 16;
  memory.sends = reinterpret_cast<int32_t*>(bytesOf("sends").data);
  const js::Bytes pending = bytesOf("pending");
  memory.pending = reinterpret_cast<int32_t*>(pending.data);
  memory.slots = pending.length / 4;
  options_.drainReportedAbove = static_cast<size_t>(numberOf("drainReportedAbove"));
  options_.gatherMicroseconds = numberOf("gatherMicroseconds");
  options_.ringEntries = static_cast<uint32_t>(numberOf("ringEntries"));
  options_.receiveBuffers = static_cast<uint32_t>(numberOf("receiveBuffers"));
  options_.incrementalBuffers = js::boolean(env, js::property(env, options, "incrementalBuffers"));
  // It lives until it is closed, whoever forgets it.
  napi_create_reference(env, self, 1, &self_);
  napi_create_reference(env, js::property(env, options, "onBatch"), 1, &onBatch_);
  napi_async_init(env, self, js::fromText(env, "akasa:transport"), &context_);
}

void Instance::hold(napi_value value) {
  napi_ref reference = nullptr;
  if (napi_create_reference(env_, value, 1, &reference) == napi_ok) held_.push_back(reference);
}

void Instance::keepChunk(size_t index, napi_value chunk) {
  if (chunks_.size() <= index) chunks_.resize(index + 1, nullptr);
  if (chunks_[index] != nullptr) napi_delete_reference(env_, chunks_[index]);
  napi_create_reference(env_, chunk, 1, &chunks_[index]);
}

int Instance::open(const std::string& backend, std::string* step) {
  const auto deliverTo = [this](size_t count) { deliver(count); };
  int error;
  if (backend == "io_uring") {
    auto transport = std::make_unique<UringTransport>(options_, deliverTo);
    error = transport->open(step);
    transport_ = std::move(transport);
  } else {
    auto transport = std::make_unique<EpollTransport>(options_, deliverTo);
    *step = "epoll_create1";
    error = transport->open();
    transport_ = std::move(transport);
  }
  if (error == 0) {
    *step = "the event loop";
    error = openLoopHandles();
  }
  if (error < 0) closeNow();
  return error;
}

int Instance::openLoopHandles() {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env_, &loop) != napi_ok) return -ENOTSUP;
  const auto take = [this](auto** member, auto* handle, const auto& init) {
    if (handle == nullptr) return -ENOMEM;
    if (const int error = init(handle); error < 0) {
      std::free(handle);
      return error;
    }
    *member = handle;
    openHandles_++;
    uv_unref(reinterpret_cast<uv_handle_t*>(handle));
    return 0;
  };
  const int fd = transport_->pollFd();
  int error = take(&poll_, allocate<uv_poll_t>(UV_POLL, this), [&](auto* it) { return uv_poll_init(loop, it, fd); });
  if (error == 0) {
    error = take(&wake_, allocate<uv_async_t>(UV_ASYNC, this),
                 [&](auto* it) { return uv_async_init(loop, it, onWake); });
  }
  if (error == 0) {
    error = take(&idle_, allocate<uv_idle_t>(UV_IDLE, this), [&](auto* it) { return uv_idle_init(loop, it); });
  }
  if (error == 0) {
    error = take(&check_, allocate<uv_check_t>(UV_CHECK, this), [&](auto* it) { return uv_check_init(loop, it); });
  }
  if (error < 0) return error;
  napi_add_async_cleanup_hook(env_, onThreadEnd, this, &threadEnd_);
  return uv_poll_start(poll_, UV_READABLE, onPoll);
}

void Instance::onPoll(uv_poll_t* handle, int, int) { instanceOf(handle)->run(); }
void Instance::onWake(uv_async_t* handle) { instanceOf(handle)->run(); }
void Instance::onCheck(uv_check_t* handle) { instanceOf(handle)->run(); }

void Instance::onIdle(uv_idle_t* handle) {
  const Instance* instance = instanceOf(handle);
  if (instance->transport_ != nullptr) instance->transport_->pace();
}

void Instance::run() {
  if (transport_ == nullptr || running_) return;
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(env_, &scope);
  running_ = true;
  transport_->run();
  running_ = false;
  if (closeAsked_) closeNow();
  else called();
  napi_close_handle_scope(env_, scope);
}

void Instance::called() {
  if (transport_ == nullptr || running_) return;
  if (transport_->busy() != busy_) watch();
  if (!busy_ && transport_->wantsRun()) uv_async_send(wake_);
  const bool active = transport_->active();
  if (active == active_) return;
  active_ = active;
  for (uv_handle_t* handle : {reinterpret_cast<uv_handle_t*>(poll_), reinterpret_cast<uv_handle_t*>(idle_)}) {
    if (active) uv_ref(handle);
    else uv_unref(handle);
  }
}

void Instance::watch() {
  busy_ = transport_->busy();
  if (busy_) {
    uv_poll_stop(poll_);
    uv_idle_start(idle_, onIdle);
    uv_check_start(check_, onCheck);
  } else {
    uv_idle_stop(idle_);
    uv_check_stop(check_);
    uv_poll_start(poll_, UV_READABLE, onPoll);
  }
}

void Instance::deliver(size_t count) {
  napi_value self = nullptr;
  napi_value onBatch = nullptr;
  napi_get_reference_value(env_, self_, &self);
  napi_get_reference_value(env_, onBatch_, &onBatch);
  const napi_value argument = js::fromNumber(env_, static_cast<int32_t>(count));
  if (napi_make_callback(env_, context_, self, onBatch, 1, &argument, nullptr) != napi_pending_exception) return;
  napi_value error = nullptr;
  napi_get_and_clear_last_exception(env_, &error);
  napi_fatal_exception(env_, error);
}

void Instance::close() {
  // Not under the feet of the wake-up that led here.
  if (running_) closeAsked_ = true;
  else closeNow();
}

void Instance::closeNow() {
  if (closing_) return;
  closing_ = true;
  if (poll_ != nullptr) uv_poll_stop(poll_);
  if (transport_ != nullptr) transport_->shutDown();
  transport_.reset();
  closeHandle(reinterpret_cast<uv_handle_t*>(poll_));
  closeHandle(reinterpret_cast<uv_handle_t*>(wake_));
  closeHandle(reinterpret_cast<uv_handle_t*>(idle_));
  closeHandle(reinterpret_cast<uv_handle_t*>(check_));
  for (std::vector<napi_ref>* references : {&held_, &chunks_}) {
    for (const napi_ref reference : *references) {
      if (reference != nullptr) napi_delete_reference(env_, reference);
    }
    references->clear();
  }
  napi_delete_reference(env_, onBatch_);
  napi_async_destroy(env_, context_);
  // Last: the object may be collected from now on.
  napi_delete_reference(env_, self_);
}

void Instance::closeHandle(uv_handle_t* handle) {
  if (handle != nullptr) uv_close(handle, onHandleClosed);
}

void Instance::onHandleClosed(uv_handle_t* handle) {
  Instance* instance = instanceOf(handle);
  std::free(handle);
  instance->openHandles_--;
  instance->freeIfDone();
}

void Instance::onThreadEnd(napi_async_cleanup_hook_handle, void* data) {
  static_cast<Instance*>(data)->closeNow();
}

void Instance::finalize() {
  finalized_ = true;
  freeIfDone();
}

void Instance::freeIfDone() {
  if (openHandles_ > 0) return;
  if (threadEnd_ != nullptr) {
    napi_remove_async_cleanup_hook(threadEnd_);
    threadEnd_ = nullptr;
  }
  if (finalized_) delete this;
}

}  // namespace akasa
