#include "call.h"

#include <ctype.h>
#include <string.h>

#include <cmath>

namespace wharf {
namespace {

// The name that Node gives an errno: it calls 95 ENOTSUP, glibc EOPNOTSUPP.
const char* errnoName(int err) {
  if (err == EOPNOTSUPP) return "ENOTSUP";
  const char* name = strerrorname_np(err);
  return name == nullptr ? "EUNKNOWN" : name;
}

std::string errnoText(int err) {
  const char* text = strerrordesc_np(err);
  std::string out = text == nullptr ? "unknown error" : text;
  if (out.size() > 1 && islower(static_cast<unsigned char>(out[1]))) {
    out[0] = static_cast<char>(tolower(static_cast<unsigned char>(out[0])));
  }
  return out;
}

// Paths may hold any byte; a message goes to logs and terminals.
std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

napi_value makeString(napi_env env, const std::string& text) {
  napi_value out = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &out);
  return out;
}

napi_value makeNumber(napi_env env, double value) {
  napi_value out = nullptr;
  napi_create_double(env, value, &out);
  return out;
}

}  // namespace

napi_value systemError(napi_env env, int err, const char* syscall, const std::string& subject,
                       const std::string& detail) {
  const std::string code = errnoName(err);
  std::string message = code + ": " + errnoText(err) + ", " + syscall;
  if (!subject.empty()) message += " " + printable(subject);
  if (!detail.empty()) message += " (" + printable(detail) + ")";
  napi_value error = nullptr;
  napi_create_error(env, makeString(env, code), makeString(env, message), &error);
  napi_set_named_property(env, error, "errno", makeNumber(env, err));
  napi_set_named_property(env, error, "syscall", makeString(env, syscall));
  return error;
}

Call::Call(napi_env from, napi_callback_info info) : env(from) {
  size_t count = sizeof argv_ / sizeof *argv_;
  // Arguments that were not passed arrive as undefined.
  if (napi_get_cb_info(env, info, &count, argv_, nullptr, nullptr) != napi_ok) failed_ = true;
}

void Call::refuse(const char* expected) {
  if (failed_) return;
  failed_ = true;
  napi_throw(env, systemError(env, EINVAL, "argument", {}, std::string("expected ") + expected));
}

int64_t Call::integer(napi_value value, int64_t min, int64_t max) {
  if (failed_) return 0;
  double number = 0;
  if (napi_get_value_double(env, value, &number) != napi_ok || std::trunc(number) != number ||
      number < static_cast<double>(min) || number > static_cast<double>(max)) {
    refuse("an integer in range");
    return 0;
  }
  return static_cast<int64_t>(number);
}

int64_t Call::bigint(napi_value value) {
  int64_t out = 0;
  bool lossless = false;
  if (failed_) return 0;
  if (napi_get_value_bigint_int64(env, value, &out, &lossless) != napi_ok || !lossless) {
    refuse("a signed 64-bit bigint");
    return 0;
  }
  return out;
}

uint64_t Call::ubigint(napi_value value) {
  uint64_t out = 0;
  bool lossless = false;
  if (failed_) return 0;
  if (napi_get_value_bigint_uint64(env, value, &out, &lossless) != napi_ok || !lossless) {
    refuse("an unsigned 64-bit bigint");
    return 0;
  }
  return out;
}

bool Call::boolean(napi_value value) {
  bool out = false;
  if (!failed_ && napi_get_value_bool(env, value, &out) != napi_ok) refuse("a boolean");
  return out;
}

char* Call::memory(napi_value value, size_t* size) {
  *size = 0;
  if (failed_) return nullptr;
  bool isArray = false;
  napi_typedarray_type type;
  void* start = nullptr;
  if (napi_is_typedarray(env, value, &isArray) != napi_ok || !isArray ||
      napi_get_typedarray_info(env, value, &type, size, &start, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    refuse("a Uint8Array");
    *size = 0;
    return nullptr;
  }
  return static_cast<char*>(start);
}

std::string Call::data(napi_value value) {
  size_t length = 0;
  const char* start = memory(value, &length);
  return length == 0 ? std::string() : std::string(start, length);
}

std::string Call::text(napi_value value) {
  if (failed_) return {};
  std::string out;
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  if (type == napi_string) {
    size_t length = 0;
    if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) == napi_ok) {
      out.resize(length + 1);
      napi_get_value_string_utf8(env, value, out.data(), out.size(), &length);
      out.resize(length);
    }
  } else if (type == napi_object) {
    out = data(value);
  } else {
    refuse("a string or a Uint8Array");
  }
  if (out.find('\0') != std::string::npos) refuse("a string without a NUL byte");
  return out;
}

std::string Call::path(napi_value value) {
  std::string out = text(value);
  if (!subject_.empty()) subject_ += " -> ";
  subject_ += "'" + out + "'";
  return out;
}

std::vector<napi_value> Call::list(napi_value value) {
  std::vector<napi_value> out;
  if (failed_) return out;
  bool isArray = false;
  uint32_t length = 0;
  if (napi_is_array(env, value, &isArray) != napi_ok || !isArray ||
      napi_get_array_length(env, value, &length) != napi_ok) {
    refuse("an array");
    return out;
  }
  for (uint32_t i = 0; i < length; i++) {
    napi_value item;
    if (napi_get_element(env, value, i, &item) != napi_ok) {
      failed_ = true;
      return {};
    }
    out.push_back(item);
  }
  return out;
}

std::vector<std::string> Call::texts(napi_value value) {
  std::vector<std::string> out;
  for (napi_value item : list(value)) out.push_back(text(item));
  return out;
}

bool Call::absent(napi_value value) {
  napi_valuetype type = napi_undefined;
  if (value == nullptr || napi_typeof(env, value, &type) != napi_ok) return true;
  return type == napi_undefined || type == napi_null;
}

napi_value Call::property(napi_value object, const char* name) {
  if (failed_) return nullptr;
  napi_valuetype type = napi_undefined;
  napi_value out = nullptr;
  if (napi_typeof(env, object, &type) != napi_ok || type != napi_object) {
    refuse("an object");
  } else if (napi_get_named_property(env, object, name, &out) != napi_ok) {
    failed_ = true;
  }
  return out;
}

napi_value Call::fail(int err, const char* syscall, const std::string& detail) {
  if (!failed_) napi_throw(env, systemError(env, err, syscall, subject_, detail));
  failed_ = true;
  return nullptr;
}

napi_value Call::done(int result, const char* syscall) {
  return result < 0 ? fail(errno, syscall) : undefined();
}

napi_value Call::descriptor(int result, const char* syscall) {
  return result < 0 ? fail(errno, syscall) : number(result);
}

napi_value Call::undefined() {
  napi_value out = nullptr;
  napi_get_undefined(env, &out);
  return out;
}

napi_value Call::null() {
  napi_value out = nullptr;
  napi_get_null(env, &out);
  return out;
}

napi_value Call::number(double value) { return makeNumber(env, value); }

napi_value Call::boolean(bool value) {
  napi_value out = nullptr;
  napi_get_boolean(env, value, &out);
  return out;
}

napi_value Call::bytes(const void* data, size_t size) {
  void* start = nullptr;
  napi_value buffer = nullptr;
  napi_value out = nullptr;
  if (napi_create_arraybuffer(env, size, &start, &buffer) != napi_ok) return fail(ENOMEM, "malloc");
  if (size > 0) memcpy(start, data, size);
  napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &out);
  return out;
}

napi_value Call::bytesList(const std::vector<std::string>& items) {
  napi_value out = nullptr;
  napi_create_array_with_length(env, items.size(), &out);
  for (size_t i = 0; i < items.size(); i++) {
    napi_set_element(env, out, static_cast<uint32_t>(i), bytes(items[i]));
  }
  return out;
}

napi_value Call::object() {
  napi_value out = nullptr;
  napi_create_object(env, &out);
  return out;
}

void Call::set(napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

}  // namespace wharf
