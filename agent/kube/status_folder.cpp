#include "agent/kube/status_folder.h"

#include "agent/kube/decode.h"
#include "agent/kube/object.h"
#include "agent/kube/replace_file.h"
#include "agent/kube/yaml.h"
#include "platform/base/log.h"

#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace torii::kube {
namespace fs = std::filesystem;
namespace {

constexpr Log kLog("status");
constexpr mode_t kLockMode = 0644;

// The single resource of a file.
Result<Object> read_document(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    auto objects = read_objects(text, path.filename().string());
    if (!objects) return unexpected(objects.error().front());
    if (objects->size() != 1) return fail("has {} resources instead of one", objects->size());
    return std::move(objects->front());
}

// No name in a cluster has an underscore.
std::string file_name(const ObjectKey& key) {
    if (key.namespace_name.empty()) return fmt::format("{}_{}.yaml", key.kind, key.name);
    return fmt::format("{}_{}_{}.yaml", key.kind, key.namespace_name, key.name);
}

// A resource of which only what names it and the status is there.
boost::json::object document(const ObjectKey& key, const boost::json::object& status) {
    boost::json::object metadata{{"name", key.name}};
    if (!key.namespace_name.empty()) metadata["namespace"] = key.namespace_name;
    return {{"apiVersion", key.api_version},
            {"kind", key.kind},
            {"metadata", std::move(metadata)},
            {"status", status}};
}

}  // namespace

StatusFolder::~StatusFolder() {
    if (lock_ >= 0) close(lock_);
}

void StatusFolder::read() {
    statuses_.clear();
    model::Snapshot scratch;
    std::error_code error;
    fs::directory_iterator entries(folder_, error);
    while (!error && entries != fs::directory_iterator()) {
        const fs::path path = entries->path();
        entries.increment(error);
        if (path.extension() != ".yaml" || path.filename().string().starts_with('.')) continue;
        const Result<Object> object = read_document(path);
        if (object && path.filename() == file_name(object->key) &&
            decode(*object, scratch).empty()) {
            const boost::json::value* status = object->content.if_contains("status");
            const boost::json::object* fields = status != nullptr ? status->if_object() : nullptr;
            statuses_[object->key] = fields != nullptr ? *fields : boost::json::object();
            continue;
        }
        kLog.warning("{} is not a status and left out", path.string());
    }
}

void StatusFolder::overlay(model::Service& service) const {
    const model::Metadata& metadata = service.metadata;
    const auto found = statuses_.find({"v1", "Service", metadata.namespace_name, metadata.name});
    if (found != statuses_.end()) apply_status(found->second, service);
}

bool StatusFolder::lead() {
    if (lock_ >= 0) return true;
    const std::string path = (folder_ / ".lock").string();
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kLockMode);
    if (descriptor < 0) return false;
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        close(descriptor);
        return false;
    }
    lock_ = descriptor;
    return true;
}

Result<void> StatusFolder::write(const Statuses& wanted) {
    for (const auto& [key, status] : wanted) {
        const auto before = statuses_.find(key);
        if (before != statuses_.end() && before->second == status) continue;
        auto written = replace_file(folder_ / file_name(key), to_yaml(document(key, status)));
        if (!written) return written;
    }
    for (const auto& [key, status] : statuses_) {
        if (wanted.contains(key)) continue;
        std::error_code error;
        fs::remove(folder_ / file_name(key), error);
        if (error) return fail("cannot remove {}: {}", file_name(key), error.message());
    }
    statuses_ = wanted;
    return {};
}

}  // namespace torii::kube
