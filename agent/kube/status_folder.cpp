#include "agent/kube/status_folder.h"

#include "agent/kube/decode.h"
#include "agent/kube/object.h"
#include "agent/kube/yaml.h"
#include "platform/base/durable_file.h"
#include "platform/base/log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace torii::kube {
namespace fs = std::filesystem;
namespace {

constexpr Log kLog("status");
constexpr mode_t kLockMode = 0644;
constexpr std::string_view kOfTheNode = "CiliumBGPNodeConfig";  // who runs there writes it

// The single resource of a file.
Result<Object> read_document(const fs::path& path) {
    const auto text = read_text(path.string());
    if (!text) return unexpected(text.error());
    auto objects = read_objects(text->value_or(""), path.filename().string());
    if (!objects) return unexpected(objects.error().front());
    if (objects->size() != 1) return fail("has {} resources instead of one", objects->size());
    return std::move(objects->front());
}

// What is a service's status shall not break its service.
bool is_status(const Object& object) {
    model::Snapshot scratch;
    return object.key.kind != "Service" || decode(object, scratch).empty();
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
    std::error_code error;
    fs::directory_iterator entries(folder_, error);
    while (!error && entries != fs::directory_iterator()) {
        const fs::path path = entries->path();
        entries.increment(error);
        if (path.extension() != ".yaml" || path.filename().string().starts_with('.')) continue;
        const Result<Object> object = read_document(path);
        if (object && path.filename() == file_name(object->key) && is_status(*object)) {
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
        if (auto done = put(key, status); !done) return done;
    }
    std::vector<ObjectKey> absent;
    for (const auto& [key, status] : statuses_) {
        if (!wanted.contains(key) && key.kind != kOfTheNode) absent.push_back(key);
    }
    for (const ObjectKey& key : absent) {
        if (auto done = remove(key); !done) return done;
    }
    return {};
}

Result<void> StatusFolder::report(const ObjectKey& key,
                                  const std::optional<boost::json::object>& status) {
    return status ? put(key, *status) : remove(key);
}

Result<void> StatusFolder::put(const ObjectKey& key, const boost::json::object& status) {
    const auto before = statuses_.find(key);
    if (before != statuses_.end() && before->second == status) return {};
    auto written =
        replace_file((folder_ / file_name(key)).string(), to_yaml(document(key, status)));
    if (written) statuses_[key] = status;
    return written;
}

Result<void> StatusFolder::remove(const ObjectKey& key) {
    if (!statuses_.contains(key)) return {};
    std::error_code error;
    fs::remove(folder_ / file_name(key), error);
    if (error) return fail("cannot remove {}: {}", file_name(key), error.message());
    statuses_.erase(key);
    return {};
}

}  // namespace torii::kube
