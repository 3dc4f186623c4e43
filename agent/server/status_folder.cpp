#include "agent/server/status_folder.h"

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

namespace torii::agent {
namespace fs = std::filesystem;
namespace {

constexpr Log kLog("status");
constexpr mode_t kLockMode = 0644;

// The single resource of a file.
Result<kube::Object> read_document(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    auto objects = kube::read_objects(text, path.filename().string());
    if (!objects) return unexpected(objects.error().front());
    if (objects->size() != 1) return fail("has {} resources instead of one", objects->size());
    return std::move(objects->front());
}

}  // namespace

StatusFolder::~StatusFolder() {
    if (lock_ >= 0) close(lock_);
}

void StatusFolder::read() {
    documents_.clear();
    snapshot_ = {};
    std::error_code error;
    fs::directory_iterator entries(folder_, error);
    while (!error && entries != fs::directory_iterator()) {
        const fs::path path = entries->path();
        entries.increment(error);
        if (path.extension() != ".yaml" || path.filename().string().starts_with('.')) continue;
        Result<kube::Object> object = read_document(path);
        if (object && kube::decode(*object, snapshot_).empty()) {
            documents_[path.filename().string()] = std::move(object->content);
            continue;
        }
        kLog.warning("{} is not a status and left out", path.string());
    }
}

void StatusFolder::overlay(model::Service& service) const {
    const auto found = snapshot_.services.find(service.metadata.key());
    if (found == snapshot_.services.end()) return;
    service.load_balancer_ips = found->second.load_balancer_ips;
    service.conditions = found->second.conditions;
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

Result<void> StatusFolder::write(const StatusDocuments& wanted) {
    for (const auto& [name, document] : wanted) {
        const auto before = documents_.find(name);
        if (before != documents_.end() && before->second == document) continue;
        auto written = kube::replace_file(folder_ / name, kube::to_yaml(document));
        if (!written) return written;
    }
    for (const auto& [name, document] : documents_) {
        std::error_code error;
        if (!wanted.contains(name)) fs::remove(folder_ / name, error);
        if (error) return fail("cannot remove {}: {}", name, error.message());
    }
    documents_ = wanted;
    return {};
}

}  // namespace torii::agent
