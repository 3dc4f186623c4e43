#pragma once

#include "agent/kube/store.h"
#include "agent/model/snapshot.h"
#include "platform/base/result.h"

#include <filesystem>
#include <optional>

namespace torii::kube {

// Statuses of resources as files, one for each: what a cluster's API server would keep. One process
// writes them, but for that of each CiliumBGPNodeConfig, which is its node's; all may read.
class StatusFolder {
public:
    explicit StatusFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
    StatusFolder(const StatusFolder&) = delete;
    StatusFolder& operator=(const StatusFolder&) = delete;
    ~StatusFolder();

    // Everything there is now; nothing when there is no folder. A file that cannot be read counts
    // as absent.
    void read();
    // Services have the addresses and conditions that their status says, if there is one.
    void overlay(model::Service& service) const;
    [[nodiscard]] const Statuses& statuses() const { return statuses_; }

    // Tries to become the one who writes; stays it until the end. A file lock: it ends with its
    // process.
    [[nodiscard]] bool lead();
    // As the one who writes: each changed file at once or not at all; those of no status go.
    [[nodiscard]] Result<void> write(const Statuses& wanted);
    // A single one, of the node; nothing: there is to be none.
    [[nodiscard]] Result<void> report(const ObjectKey& key,
                                      const std::optional<boost::json::object>& status);

private:
    [[nodiscard]] Result<void> put(const ObjectKey& key, const boost::json::object& status);
    [[nodiscard]] Result<void> remove(const ObjectKey& key);

    std::filesystem::path folder_;
    Statuses statuses_;
    int lock_ = -1;
};

}  // namespace torii::kube
