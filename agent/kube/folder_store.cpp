#include "agent/kube/folder_store.h"

#include "agent/kube/encode.h"
#include "agent/kube/yaml.h"
#include "platform/base/durable_file.h"
#include "platform/base/log.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <system_error>
#include <utility>

namespace torii::kube {
namespace fs = std::filesystem;
namespace {

constexpr Log kLog("manifests");
constexpr Duration kElectionInterval = std::chrono::seconds(2);

FolderStoreOptions completed(FolderStoreOptions options) {
    if (options.status_dir.empty()) options.status_dir = options.manifests + "/status";
    return options;
}

}  // namespace

FolderStore::FolderStore(EventLoop& loop, FolderStoreOptions options)
    : loop_(loop),
      options_(completed(std::move(options))),
      folder_(options_.manifests),
      generated_folder_(fs::path(options_.status_dir) / "generated"),
      generated_(generated_folder_),
      statuses_(options_.status_dir) {}

Result<void> FolderStore::start(std::function<void()> changed) {
    changed_ = std::move(changed);
    auto watch = FolderWatch::start(loop_, options_.manifests, changed_);
    if (!watch) return unexpected(watch.error());
    watch_ = std::move(*watch);
    status_watch_ = follow(options_.status_dir);
    generated_watch_ = follow(generated_folder_);
    return {};
}

// A node that cannot make the folder can still be without it.
std::unique_ptr<FolderWatch> FolderStore::follow(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    auto watch = FolderWatch::start(loop_, folder.string(), changed_);
    if (watch) return std::move(*watch);
    kLog.info("no statuses: {}", watch.error().message);
    return nullptr;
}

Result<Reading> FolderStore::read() {
    auto reading = folder_.read();
    if (!reading) return reading;
    statuses_.read();
    for (auto& [key, service] : reading->snapshot.services) {
        if (options_.has_status(service)) statuses_.overlay(service);
    }
    add_generated(*reading);
    return reading;
}

void FolderStore::add_generated(Reading& reading) {
    auto generated = generated_.read();
    if (!generated) return;  // there is no such folder
    reading.snapshot.node_configs.merge(generated->snapshot.node_configs);
    reading.snapshot.absences.merge(generated->snapshot.absences);
    std::ranges::move(generated->problems, std::back_inserter(reading.problems));
    std::ranges::move(generated->changes, std::back_inserter(reading.changes));
}

bool FolderStore::lead() {
    if (statuses_.lead()) return true;
    // Its holder may end without a word.
    election_ = loop_.after(kElectionInterval, changed_);
    return false;
}

Result<void> FolderStore::write(const Statuses& wanted) {
    return statuses_.write(wanted);
}

Result<void> FolderStore::make(const Made& changes) {
    for (const auto& [key, content] : changes) {
        if (auto done = put(key, content); !done) return done;
    }
    return {};
}

Result<void> FolderStore::put(const ObjectKey& key,
                              const std::optional<boost::json::object>& content) const {
    const fs::path path = generated_folder_ / file_name(key);
    if (content) return replace_file(path.string(), to_yaml(*content));
    std::error_code error;
    fs::remove(path, error);
    if (error) return fail("cannot remove {}: {}", path.string(), error.message());
    return {};
}

Result<void> FolderStore::tell(const std::optional<model::Absence>& absence) {
    if (told_ && *told_ == absence) return {};
    const ObjectKey key{"coordination.k8s.io/v1", "Lease", std::string(model::Absence::kNamespace),
                        options_.node};
    auto done = put(key, absence ? std::optional(encode(*absence)) : std::nullopt);
    if (done) told_ = absence;
    return done;
}

Result<void> FolderStore::report(const ObjectKey& key,
                                 const std::optional<boost::json::object>& status) {
    return statuses_.report(key, status);
}

}  // namespace torii::kube
