#include "agent/kube/folder_store.h"

#include "platform/base/log.h"

#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

namespace torii::kube {
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
      statuses_(options_.status_dir) {}

Result<void> FolderStore::start(std::function<void()> changed) {
    changed_ = std::move(changed);
    auto watch = FolderWatch::start(loop_, options_.manifests, changed_);
    if (!watch) return unexpected(watch.error());
    watch_ = std::move(*watch);
    follow_statuses();
    return {};
}

// A node that cannot make the folder can still be without statuses.
void FolderStore::follow_statuses() {
    std::error_code error;
    std::filesystem::create_directories(options_.status_dir, error);
    auto watch = FolderWatch::start(loop_, options_.status_dir, changed_);
    if (watch) {
        status_watch_ = std::move(*watch);
    } else {
        kLog.info("no statuses: {}", watch.error().message);
    }
}

Result<Reading> FolderStore::read() {
    auto reading = folder_.read();
    if (!reading) return reading;
    statuses_.read();
    for (auto& [key, service] : reading->snapshot.services) {
        if (options_.has_status(service)) statuses_.overlay(service);
    }
    return reading;
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

}  // namespace torii::kube
