// Seccomp profiles compiled by libseccomp, which is loaded at first use: seccomp_rule_add(3), seccomp_export_bpf(3).
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <map>
#include <memory>
#include <mutex>

#include "call.h"

namespace wharf {
namespace {

// The part of seccomp.h that is used.
using Filter = void*;
struct ArgumentTest {
  unsigned int index;
  int op;
  uint64_t a;
  uint64_t b;
};
constexpr int unknownSyscall = -1;

struct Library {
  Filter (*init)(uint32_t defaultAction);
  void (*release)(Filter);
  int (*archAdd)(Filter, uint32_t arch);
  uint32_t (*archResolve)(const char* name);
  int (*syscallResolve)(const char* name);
  int (*ruleAdd)(Filter, uint32_t action, int syscall, unsigned int count, const ArgumentTest* tests);
  int (*exportBpf)(Filter, int fd);
};

template <typename Function>
bool find(void* handle, const char* name, Function* out) {
  *out = reinterpret_cast<Function>(dlsym(handle, name));
  return *out != nullptr;
}

// Null while the library is missing; asked again each time, so that installing it needs no restart.
const Library* library() {
  static std::mutex mutex;
  static Library found;
  static bool loaded = false;
  const std::lock_guard<std::mutex> lock(mutex);
  if (loaded) return &found;
  void* handle = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return nullptr;
  loaded = find(handle, "seccomp_init", &found.init) && find(handle, "seccomp_release", &found.release) &&
           find(handle, "seccomp_arch_add", &found.archAdd) &&
           find(handle, "seccomp_arch_resolve_name", &found.archResolve) &&
           find(handle, "seccomp_syscall_resolve_name", &found.syscallResolve) &&
           find(handle, "seccomp_rule_add_array", &found.ruleAdd) &&
           find(handle, "seccomp_export_bpf", &found.exportBpf);
  if (!loaded) dlclose(handle);
  return loaded ? &found : nullptr;
}

struct Rule {
  std::vector<std::string> names;
  uint32_t action;
  std::vector<ArgumentTest> tests;
};

struct Job {
  // In.
  uint32_t defaultAction = 0;
  std::vector<std::string> architectures;
  std::vector<Rule> rules;
  // Out.
  std::string bpf;
  std::vector<std::string> unknown;
  int err = 0;
  std::string detail;
  // Between.
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
};

// "SCMP_ARCH_X86_64" of a runtime spec, or "x86_64" as libseccomp says.
std::string architectureName(std::string name) {
  const std::string prefix = "SCMP_ARCH_";
  if (name.compare(0, prefix.size(), prefix) == 0) name.erase(0, prefix.size());
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

bool failed(Job& job, int result, const std::string& what) {
  if (result >= 0) return false;
  job.err = -result;
  job.detail = what;
  return true;
}

// Tests of one rule hold together; two of the same argument cannot, so that each is a rule of its own, as in runc.
bool repeatsArgument(const Rule& rule) {
  uint32_t seen = 0;
  for (const ArgumentTest& test : rule.tests) {
    if (seen & (1U << test.index)) return true;
    seen |= 1U << test.index;
  }
  return false;
}

int addRule(const Library& lib, Filter filter, const Rule& rule, int syscall) {
  if (!repeatsArgument(rule)) {
    return lib.ruleAdd(filter, rule.action, syscall, static_cast<unsigned>(rule.tests.size()), rule.tests.data());
  }
  for (const ArgumentTest& test : rule.tests) {
    const int result = lib.ruleAdd(filter, rule.action, syscall, 1, &test);
    if (result < 0) return result;
  }
  return 0;
}

void addRules(const Library& lib, Filter filter, Job& job) {
  for (const std::string& given : job.architectures) {
    const uint32_t arch = lib.archResolve(architectureName(given).c_str());
    if (arch == 0) return void(failed(job, -EINVAL, "unknown architecture " + given));
    const int result = lib.archAdd(filter, arch);
    if (result != -EEXIST && failed(job, result, "architecture " + given)) return;
  }
  for (const Rule& rule : job.rules) {
    // libseccomp refuses a rule that says what the default says.
    if (rule.action == job.defaultAction) continue;
    for (const std::string& name : rule.names) {
      const int number = lib.syscallResolve(name.c_str());
      if (number == unknownSyscall) job.unknown.push_back(name);
      else if (failed(job, addRule(lib, filter, rule, number), "rule for " + name)) return;
    }
  }
}

void exportProgram(const Library& lib, Filter filter, Job& job) {
  Fd fd(memfd_create("seccomp", MFD_CLOEXEC));
  if (!fd.valid()) return void(failed(job, -errno, "memfd_create"));
  if (failed(job, lib.exportBpf(filter, fd.get()), "seccomp_export_bpf")) return;
  struct stat status;
  if (fstat(fd.get(), &status) < 0) return void(failed(job, -errno, "fstat"));
  job.bpf.resize(static_cast<size_t>(status.st_size));
  if (pread(fd.get(), job.bpf.data(), job.bpf.size(), 0) != status.st_size) failed(job, -EIO, "pread");
}

void compile(Job& job) {
  const Library* lib = library();
  if (lib == nullptr) return void(failed(job, -ENOENT, "libseccomp.so.2, install libseccomp2"));
  const std::unique_ptr<void, void (*)(Filter)> filter(lib->init(job.defaultAction), lib->release);
  if (filter == nullptr) return void(failed(job, -EINVAL, "default action"));
  addRules(*lib, filter.get(), job);
  if (job.err == 0) exportProgram(*lib, filter.get(), job);
}

void executeJob(napi_env, void* data) noexcept {
  Job& job = *static_cast<Job*>(data);
  try {
    compile(job);
  } catch (...) {
    job.err = ENOMEM;
  }
}

napi_value bytesOf(napi_env env, const std::string& data) {
  void* start = nullptr;
  napi_value buffer = nullptr;
  napi_value out = nullptr;
  if (napi_create_arraybuffer(env, data.size(), &start, &buffer) != napi_ok) return nullptr;
  data.copy(static_cast<char*>(start), data.size());
  napi_create_typedarray(env, napi_uint8_array, data.size(), buffer, 0, &out);
  return out;
}

napi_value programOf(napi_env env, const Job& job) {
  napi_value out = nullptr;
  napi_value names = nullptr;
  napi_create_object(env, &out);
  napi_create_array_with_length(env, job.unknown.size(), &names);
  for (size_t i = 0; i < job.unknown.size(); i++) {
    napi_value name = nullptr;
    napi_create_string_utf8(env, job.unknown[i].data(), job.unknown[i].size(), &name);
    napi_set_element(env, names, static_cast<uint32_t>(i), name);
  }
  napi_set_named_property(env, out, "bpf", bytesOf(env, job.bpf));
  napi_set_named_property(env, out, "unknown", names);
  return out;
}

void completeJob(napi_env env, napi_status status, void* data) noexcept {
  const std::unique_ptr<Job> job(static_cast<Job*>(data));
  const int err = status == napi_cancelled ? ECANCELED : job->err;
  if (err != 0) napi_reject_deferred(env, job->deferred, systemError(env, err, "seccomp", {}, job->detail));
  else napi_resolve_deferred(env, job->deferred, programOf(env, *job));
  napi_delete_async_work(env, job->work);
}

ArgumentTest readTest(Call& call, napi_value value) {
  static const std::map<std::string, int> ops = {{"ne", 1}, {"lt", 2}, {"le", 3},       {"eq", 4},
                                                 {"ge", 5}, {"gt", 6}, {"masked-eq", 7}};
  ArgumentTest test = {};
  test.index = static_cast<unsigned>(call.integer(call.property(value, "index"), 0, 5));
  const auto op = ops.find(call.text(call.property(value, "op")));
  test.a = call.ubigint(call.property(value, "value"));
  const napi_value second = call.property(value, "valueTwo");
  if (!call.absent(second)) test.b = call.ubigint(second);
  if (op == ops.end()) call.fail(EINVAL, "seccomp", "unknown comparison");
  else test.op = op->second;
  return test;
}

Rule readRule(Call& call, napi_value value) {
  Rule rule = {};
  rule.names = call.texts(call.property(value, "names"));
  rule.action = call.u32(call.property(value, "action"));
  const napi_value tests = call.property(value, "args");
  if (call.absent(tests)) return rule;
  for (napi_value test : call.list(tests)) rule.tests.push_back(readTest(call, test));
  return rule;
}

napi_value compileSeccomp(Call& call) {
  auto job = std::make_unique<Job>();
  job->defaultAction = call.u32(call[0]);
  job->architectures = call.texts(call[1]);
  for (napi_value rule : call.list(call[2])) job->rules.push_back(readRule(call, rule));
  if (!call.ok()) return nullptr;
  napi_value promise = nullptr;
  napi_value name = nullptr;
  napi_create_string_utf8(call.env, "seccomp", NAPI_AUTO_LENGTH, &name);
  if (napi_create_async_work(call.env, nullptr, name, executeJob, completeJob, job.get(), &job->work) != napi_ok) {
    return call.fail(ENOMEM, "seccomp");
  }
  napi_create_promise(call.env, &job->deferred, &promise);
  if (napi_queue_async_work(call.env, job->work) != napi_ok) {
    napi_delete_async_work(call.env, job->work);
    return call.fail(EAGAIN, "seccomp");
  }
  job.release();
  return promise;
}

}  // namespace

void exportSeccomp(Exports& exports) { exports.add<compileSeccomp>("compileSeccomp"); }

}  // namespace wharf
