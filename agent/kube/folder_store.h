#pragma once

#include "agent/kube/folder_watch.h"
#include "agent/kube/manifest_folder.h"
#include "agent/kube/status_folder.h"
#include "agent/kube/store.h"
#include "platform/runtime/event_loop.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace torii::kube {

struct FolderStoreOptions {
    std::string node;        // that tells
    std::string manifests;   // a folder
    std::string status_dir;  // empty: "status" in the manifests' folder
    // Whether the addresses of a service are those of its status file.
    std::function<bool(const model::Service&)> has_status;
};

// A folder of manifests with a folder of statuses beside it, in which `generated` has what
// controllers make, and nodes tell. A manifest goes before what was made of the same name.
class FolderStore final : public Store {
public:
    FolderStore(EventLoop& loop, FolderStoreOptions options);

    [[nodiscard]] Result<void> start(std::function<void()> changed) override;
    [[nodiscard]] Result<Reading> read() override;
    [[nodiscard]] const Statuses& statuses() const override { return statuses_.statuses(); }
    [[nodiscard]] bool lead() override;
    [[nodiscard]] Result<void> write(const Statuses& wanted) override;
    [[nodiscard]] Result<void> make(const Made& changes) override;
    [[nodiscard]] Result<void> report(const ObjectKey& key,
                                      const std::optional<boost::json::object>& status) override;
    [[nodiscard]] Result<void> tell(const std::optional<model::Absence>& absence) override;

private:
    [[nodiscard]] Result<void> put(const ObjectKey& key,
                                   const std::optional<boost::json::object>& content) const;
    [[nodiscard]] std::unique_ptr<FolderWatch> follow(const std::filesystem::path& folder);
    void add_generated(Reading& reading);
    EventLoop& loop_;
    FolderStoreOptions options_;
    ManifestFolder folder_;
    std::filesystem::path generated_folder_;
    ManifestFolder generated_;
    StatusFolder statuses_;
    std::function<void()> changed_;
    std::unique_ptr<FolderWatch> watch_;
    std::unique_ptr<FolderWatch> status_watch_;
    std::unique_ptr<FolderWatch> generated_watch_;
    std::optional<std::optional<model::Absence>> told_;  // since the process began
    Timer election_;
};

}  // namespace torii::kube
