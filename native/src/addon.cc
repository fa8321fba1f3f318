// What JavaScript sees: the class `Transport`. src/transport/native-addon.ts describes it.

#include <cerrno>
#include <cstring>

#include <node_api.h>

#include "instance.h"
#include "js-values.h"

namespace akasa {
namespace {

// Changes together with `addonInterface` of native-addon.ts, so that an addon from before is not used.
constexpr int32_t interfaceVersion = 3;
constexpr size_t argumentsMax = 4;

struct Call {
  napi_env env;
  napi_value self = nullptr;
  napi_value arguments[argumentsMax] = {};

  Call(napi_env environment, napi_callback_info info) : env(environment) {
    size_t count = argumentsMax;
    napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
  }
  int32_t number(size_t index) const { return js::number(env, arguments[index]); }
  Instance* instance() const {
    void* data = nullptr;
    napi_unwrap(env, self, &data);
    return static_cast<Instance*>(data);
  }
};

void finalize(napi_env, void* data, void*) { static_cast<Instance*>(data)->finalize(); }

napi_value construct(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  auto* instance = new Instance(env, call.self, call.arguments[0]);
  napi_wrap(env, call.self, instance, finalize, nullptr, nullptr);
  std::string step;
  const int error = instance->open(js::text(env, js::property(env, call.arguments[0], "backend")), &step);
  if (error == 0) return call.self;
  napi_value thrown = nullptr;
  napi_create_error(env, nullptr, js::fromText(env, step), &thrown);
  napi_set_named_property(env, thrown, "errno", js::fromNumber(env, error));
  napi_throw(env, thrown);
  return nullptr;
}

// Calls `method` unless the transport is closed; then reports what came of it.
template <typename Method>
napi_value use(const Call& call, Method method) {
  Instance* instance = call.instance();
  if (instance == nullptr || instance->transport() == nullptr) return nullptr;
  const napi_value result = method(*instance->transport());
  instance->called();
  return result;
}

template <void (Transport::*method)(int)>
napi_value forSlot(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return use(call, [&](Transport& transport) -> napi_value {
    const int slot = call.number(0);
    if (transport.valid(slot)) (transport.*method)(slot);
    return nullptr;
  });
}

napi_value listen(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return use(call, [&](Transport& transport) {
    ListenAddress address;
    address.host = js::text(env, call.arguments[0]);
    address.port = call.number(1);
    address.path = js::text(env, call.arguments[2]);
    address.reusePort = js::boolean(env, call.arguments[3]);
    return js::fromNumber(env, transport.listen(address));
  });
}

napi_value listenerAddress(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return use(call, [&](Transport& transport) { return js::fromText(env, transport.listenerAddress(call.number(0))); });
}

napi_value closeListener(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return use(call, [&](Transport& transport) -> napi_value {
    transport.closeListener(call.number(0));
    return nullptr;
  });
}

napi_value setChunk(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return use(call, [&](Transport& transport) -> napi_value {
    const auto index = static_cast<size_t>(call.number(0));
    call.instance()->keepChunk(index, call.arguments[1]);
    transport.setChunk(index, js::bytes(env, call.arguments[1]).data);
    return nullptr;
  });
}

napi_value flush(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return use(call, [&](Transport& transport) -> napi_value {
    transport.flush(static_cast<size_t>(call.number(0)), js::numbers(env, call.arguments[1]));
    return nullptr;
  });
}

napi_value write(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return use(call, [&](Transport& transport) -> napi_value {
    const js::Bytes bytes = js::bytes(env, call.arguments[1]);
    if (transport.valid(call.number(0))) transport.write(call.number(0), bytes.data, bytes.length);
    return nullptr;
  });
}

napi_value peerOf(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return use(call, [&](Transport& transport) {
    const int slot = call.number(0);
    return js::fromText(env, transport.valid(slot) ? transport.peer(slot) : "");
  });
}

napi_value putOffEnd(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return use(call, [&](Transport& transport) {
    napi_value result = nullptr;
    napi_get_boolean(env, transport.valid(call.number(0)) && transport.putOffEnd(call.number(0)), &result);
    return result;
  });
}

napi_value takeHeld(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  return use(call, [&](Transport& transport) -> napi_value {
    const auto held = transport.valid(call.number(0)) ? transport.takeHeld(call.number(0)) : nullptr;
    napi_value result = nullptr;
    if (held == nullptr) napi_get_null(env, &result);
    else napi_create_buffer_copy(env, held->size(), held->data(), nullptr, &result);
    return result;
  });
}

napi_value close(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (Instance* instance = call.instance(); instance != nullptr) instance->close();
  return nullptr;
}

napi_value growTable(napi_env env, napi_callback_info info) {
  return js::fromNumber(env, growDescriptorTable(Call(env, info).number(0)));
}

napi_property_descriptor method(const char* name, napi_callback callback) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_default_method, nullptr};
}

napi_value start(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      method("listen", listen),
      method("listenerAddress", listenerAddress),
      method("closeListener", closeListener),
      method("setChunk", setChunk),
      method("flush", flush),
      method("write", write),
      method("pause", forSlot<&Transport::pause>),
      method("resume", forSlot<&Transport::resume>),
      method("end", forSlot<&Transport::end>),
      method("destroy", forSlot<&Transport::destroy>),
      method("putOffEnd", putOffEnd),
      method("peerAddress", peerOf),
      method("takeHeld", takeHeld),
      method("close", close),
  };
  napi_value type = nullptr;
  napi_define_class(env, "Transport", NAPI_AUTO_LENGTH, construct, nullptr, sizeof methods / sizeof *methods, methods,
                    &type);
  napi_set_named_property(env, exports, "Transport", type);
  napi_value grow = nullptr;
  napi_create_function(env, "growDescriptorTable", NAPI_AUTO_LENGTH, growTable, nullptr, &grow);
  napi_set_named_property(env, exports, "growDescriptorTable", grow);
  napi_set_named_property(env, exports, "interfaceVersion", js::fromNumber(env, interfaceVersion));
  return exports;
}

}  // namespace
}  // namespace akasa

NAPI_MODULE_INIT() { return akasa::start(env, exports); }
