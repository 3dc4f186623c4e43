#pragma once

#include "agent/kube/object.h"
#include "platform/base/result.h"

#include <boost/json/object.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace torii::agent {

// The manifests that an agent follows, to be shown and changed one resource at a time. A changed
// file is written anew as plain YAML, whole or not at all.
class ResourceFolder {
public:
    // Statuses are read from `statuses`, where the controller writes them.
    ResourceFolder(std::filesystem::path manifests, std::filesystem::path statuses);

    // Files that are no manifests are told and left alone.
    [[nodiscard]] Result<void> read();
    [[nodiscard]] const std::vector<Error>& problems() const { return problems_; }

    // Of a kind, sorted by namespace and name, with their present status. Empty namespace: all.
    [[nodiscard]] std::vector<kube::Object> find(std::string_view kind,
                                                 std::string_view namespace_name = {}) const;

    enum class Change { created, configured, unchanged };
    // As `kubectl apply`: replaces the resource of that kind and name, or adds a file. An error
    // when it is not what the agent would take, with all that is wrong.
    [[nodiscard]] Result<Change> apply(kube::Object object, const std::string& now);
    // An error when there is none.
    [[nodiscard]] Result<void> remove(const kube::ObjectKey& key);
    // As `kubectl patch --type merge` (RFC 7386).
    [[nodiscard]] Result<Change> patch(const kube::ObjectKey& key,
                                       const boost::json::object& change);

private:
    struct Place {
        std::string file;
        std::size_t index = 0;
    };
    [[nodiscard]] const Place* place_of(const kube::ObjectKey& key) const;
    [[nodiscard]] Result<Change> replace(const Place& place, boost::json::object content);
    [[nodiscard]] Result<void> write(const std::string& file);

    std::filesystem::path manifests_;
    std::filesystem::path statuses_;
    std::map<std::string, std::vector<kube::Object>> files_;
    std::map<std::string, Place> places_;                   // by identity()
    std::map<std::string, boost::json::object> status_of_;  // by identity()
    std::vector<Error> problems_;
};

// Changes `target` as RFC 7386 says: null removes, objects are merged, all else replaces.
void merge(boost::json::object& target, const boost::json::object& change);

}  // namespace torii::agent
