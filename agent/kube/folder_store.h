#pragma once

#include "agent/kube/folder_watch.h"
#include "agent/kube/manifest_folder.h"
#include "agent/kube/status_folder.h"
#include "agent/kube/store.h"
#include "platform/runtime/event_loop.h"

#include <functional>
#include <memory>
#include <string>

namespace torii::kube {

struct FolderStoreOptions {
    std::string manifests;   // a folder
    std::string status_dir;  // empty: "status" in the manifests' folder
    // Whether the addresses of a service are those of its status file.
    std::function<bool(const model::Service&)> has_status;
};

// A folder of manifests with a folder of statuses beside it.
class FolderStore final : public Store {
public:
    FolderStore(EventLoop& loop, FolderStoreOptions options);

    [[nodiscard]] Result<void> start(std::function<void()> changed) override;
    [[nodiscard]] Result<Reading> read() override;
    [[nodiscard]] const Statuses& statuses() const override { return statuses_.statuses(); }
    [[nodiscard]] bool lead() override;
    [[nodiscard]] Result<void> write(const Statuses& wanted) override;

private:
    void follow_statuses();

    EventLoop& loop_;
    FolderStoreOptions options_;
    ManifestFolder folder_;
    StatusFolder statuses_;
    std::function<void()> changed_;
    std::unique_ptr<FolderWatch> watch_;
    std::unique_ptr<FolderWatch> status_watch_;
    Timer election_;
};

}  // namespace torii::kube
