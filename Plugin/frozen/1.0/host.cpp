// A viewer in C++11 as it was written for islet.h 1.0: the same volume and the same line as host.c, and the bundle from
// memory.
//
//   c++ -std=c++11 -IPlugin/frozen/1.0 Plugin/frozen/1.0/host.cpp -ldl -o host && ./host PLUGIN.so BUNDLE.islet
//
// Research use only.
#include <dlfcn.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "islet.h"

static_assert(sizeof(islet_host) == 64 && sizeof(islet_volume) == 200 && sizeof(islet_config) == 32, "as released");
static_assert(sizeof(islet_request) == 136 && sizeof(islet_output) == 128 && sizeof(islet_plan) == 32, "as released");
static_assert(ISLET_ABI_VERSION == 0x10000, "as released");

namespace {

// The default of every struct is zeros and its own size.
template <typename Struct>
Struct sized() {
  Struct value = Struct();
  value.struct_size = sizeof value;
  return value;
}

class Instance {
 public:
  explicit Instance(const islet_plugin *plugin) : plugin_(plugin), handle_(nullptr) {
    islet_config config = sized<islet_config>();
    config.accepted_flags = ISLET_FLAG_UNSIGNED_BUNDLE;
    check(plugin->create(nullptr, &config, &handle_), "create");
  }
  Instance(const Instance &) = delete;
  Instance &operator=(const Instance &) = delete;
  ~Instance() { plugin_->destroy(handle_); }

  void check(islet_status status, const char *what) const {
    if (status != ISLET_OK)
      throw std::runtime_error(std::string(what) + ": " + plugin_->status_name(status) + ": " + plugin_->last_error(handle_));
  }
  islet_instance *handle() const { return handle_; }

 private:
  const islet_plugin *plugin_;
  islet_instance *handle_;
};

std::uint64_t hash(std::uint64_t value, const std::vector<std::uint8_t> &bytes) {
  for (std::uint8_t byte : bytes) value = (value ^ byte) * UINT64_C(1099511628211);
  return value;
}

void run(const char *plugin_path, const char *bundle_path) {
  void *library = dlopen(plugin_path, RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  islet_plugin_entry_function entry = reinterpret_cast<islet_plugin_entry_function>(dlsym(library, ISLET_ENTRY_SYMBOL));
  const islet_plugin *plugin = nullptr;
  if (!entry || entry(ISLET_ABI_VERSION, nullptr, &plugin) != ISLET_OK) throw std::runtime_error("no table");
  if (plugin->struct_size < sizeof *plugin) throw std::runtime_error("the table is shorter than that of 1.0");

  std::ifstream file(bundle_path, std::ios::binary);
  const std::vector<char> bundle((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  Instance instance(plugin);
  instance.check(plugin->load_bundle_memory(instance.handle(), bundle.data(), bundle.size()), "load_bundle_memory");

  const int nx = 24, ny = 22, nz = 19;
  std::vector<std::int16_t> hounsfield;
  for (int z = 0; z < nz; z++)
    for (int y = 0; y < ny; y++)
      for (int x = 0; x < nx; x++)
        hounsfield.push_back(static_cast<std::int16_t>((x * 37 + y * 91 + z * 53) % 400 - 150));
  islet_volume volume = sized<islet_volume>();
  volume.element_type = ISLET_ELEMENT_INT16;
  volume.voxels = hounsfield.data();
  volume.size[0] = nx, volume.size[1] = ny, volume.size[2] = nz;
  volume.spacing_mm[0] = volume.spacing_mm[1] = volume.spacing_mm[2] = 1;
  islet_request request = sized<islet_request>();
  request.threads = 2;
  request.overrides = ISLET_OVERRIDE_ROUNDS;
  request.rounds = 2;
  request.isolation = ISLET_ISOLATION_NONE;
  std::vector<std::uint8_t> mask(hounsfield.size()), probability(hounsfield.size()), views(hounsfield.size());
  islet_output output = sized<islet_output>();
  output.probability_type = ISLET_ELEMENT_UINT8;
  output.mask = mask.data(), output.mask_bytes = mask.size();
  output.probability = probability.data(), output.probability_bytes = probability.size();
  output.view_masks = views.data(), output.view_masks_bytes = views.size();
  instance.check(plugin->segment(instance.handle(), &volume, &request, &output), "segment");
  const std::uint64_t value = hash(hash(hash(UINT64_C(14695981039346656037), mask), probability), views);
  std::printf("%llu voxels, end %u, %u rounds, %016llx\n", static_cast<unsigned long long>(output.voxels), output.end,
              output.rounds, static_cast<unsigned long long>(value));
}

}  // namespace

int main(int argc, char **argv) {
  try {
    if (argc != 3) throw std::runtime_error("usage: host PLUGIN.so BUNDLE.islet");
    run(argv[1], argv[2]);
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "frozen host 1.0: %s\n", error.what());
    return 1;
  }
}
