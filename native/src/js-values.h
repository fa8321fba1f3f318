// Values from and to JavaScript. What has the wrong type reads as zero or empty: the one caller is
// src/transport/native-addon.ts, which is typed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <node_api.h>

namespace akasa::js {

struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
};

inline int32_t number(napi_env env, napi_value value) {
  int32_t result = 0;
  napi_get_value_int32(env, value, &result);
  return result;
}

inline bool boolean(napi_env env, napi_value value) {
  bool result = false;
  napi_get_value_bool(env, value, &result);
  return result;
}

inline std::string text(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return "";
  std::string result(length, '\0');
  napi_get_value_string_utf8(env, value, result.data(), length + 1, &length);
  return result;
}

inline Bytes bytes(napi_env env, napi_value value) {
  void* data = nullptr;
  size_t length = 0;
  napi_typedarray_type type;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok) return {};
  // `length` counts elements; what is used here are bytes and 32-bit numbers.
  return {static_cast<uint8_t*>(data), type == napi_int32_array ? length * 4 : length};
}

inline int32_t* numbers(napi_env env, napi_value value) {
  return reinterpret_cast<int32_t*>(bytes(env, value).data);
}

inline napi_value property(napi_env env, napi_value object, const char* name) {
  napi_value value = nullptr;
  napi_get_named_property(env, object, name, &value);
  return value;
}

inline napi_value fromNumber(napi_env env, int32_t value) {
  napi_value result = nullptr;
  napi_create_int32(env, value, &result);
  return result;
}

inline napi_value fromText(napi_env env, const std::string& value) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, value.c_str(), value.size(), &result);
  return result;
}

}  // namespace akasa::js
