#pragma once

#include "agent/ctl/resources.h"
#include "agent/kube/object.h"
#include "platform/base/result.h"

#include <boost/json/object.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace torii::agent {

// The manifests that an agent follows. A changed file is written anew as plain YAML, whole or not
// at all.
class ResourceFolder final : public Resources {
public:
    // Statuses are read from `statuses`, where controllers write them, and what they make from
    // `generated` inside. `now` (RFC 3339) is when new resources are made.
    ResourceFolder(std::filesystem::path manifests, std::filesystem::path statuses,
                   std::string now);

    // Files that are no manifests are told and left alone.
    [[nodiscard]] Result<void> read();
    [[nodiscard]] const std::vector<Error>& problems() const { return problems_; }

    [[nodiscard]] Result<std::vector<kube::Object>> find(const Kind& kind,
                                                         const std::string& namespace_name,
                                                         const std::string& name) override;
    // A new resource gets a file of its own.
    [[nodiscard]] Result<Change> apply(kube::Object object) override;
    [[nodiscard]] Result<void> remove(const kube::ObjectKey& key) override;
    [[nodiscard]] Result<Change> patch(const kube::ObjectKey& key,
                                       const boost::json::object& change) override;
    [[nodiscard]] Result<Change> replace(const kube::ObjectKey& key,
                                         boost::json::object content) override;

private:
    struct Place {
        std::string file;
        std::size_t index = 0;
    };
    [[nodiscard]] const Place* place_of(const kube::ObjectKey& key) const;
    void read_statuses();
    void read_generated();
    [[nodiscard]] kube::Object with_status(const kube::Object& object) const;
    [[nodiscard]] Error absent(const kube::ObjectKey& key) const;
    [[nodiscard]] Result<Change> replace_at(const Place& place, boost::json::object content);
    [[nodiscard]] Result<void> write(const std::string& file);

    std::filesystem::path manifests_;
    std::filesystem::path statuses_;
    std::string now_;
    std::map<std::string, std::vector<kube::Object>> files_;
    std::map<std::string, Place> places_;                   // by identity()
    std::map<std::string, kube::Object> generated_;         // by identity()
    std::map<std::string, boost::json::object> status_of_;  // by identity()
    std::vector<Error> problems_;
};

}  // namespace torii::agent
