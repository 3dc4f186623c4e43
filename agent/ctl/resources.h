#pragma once

#include "agent/ctl/kinds.h"
#include "agent/kube/object.h"
#include "platform/base/result.h"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace torii::agent {

// Where resources are kept, to be shown and changed one at a time: a folder of manifests or the
// Kubernetes API. What agents would refuse is refused, with all that is wrong.
class Resources {
public:
    enum class Change { created, configured, unchanged };

    Resources() = default;
    Resources(const Resources&) = delete;
    Resources& operator=(const Resources&) = delete;
    virtual ~Resources() = default;

    // Of a kind, sorted by namespace and name, with their present status. Empty namespace: of all;
    // empty name: all.
    [[nodiscard]] virtual Result<std::vector<kube::Object>> find(const Kind& kind,
                                                                 const std::string& namespace_name,
                                                                 const std::string& name) = 0;
    // As `kubectl apply`: makes the resource, or makes the one of its kind and name like it.
    [[nodiscard]] virtual Result<Change> apply(kube::Object object) = 0;
    // An error when there is none.
    [[nodiscard]] virtual Result<void> remove(const kube::ObjectKey& key) = 0;
    // As `kubectl patch --type merge` (RFC 7386).
    [[nodiscard]] virtual Result<Change> patch(const kube::ObjectKey& key,
                                               const boost::json::object& change) = 0;
    // Another content in place of the one that find() gave.
    [[nodiscard]] virtual Result<Change> replace(const kube::ObjectKey& key,
                                                 boost::json::object content) = 0;
};

// The content as a resource; an error with all that an agent would find wrong with it. `file` is
// where it comes from, for messages.
[[nodiscard]] Result<kube::Object> checked_resource(const boost::json::object& content,
                                                    const std::string& file);

// Changes `target` as RFC 7386 says: null removes, objects are merged, all else replaces.
void merge(boost::json::object& target, const boost::json::object& change);
// The change that makes of anything that was once `last` what `wanted` says: what is only in `last`
// goes, what is in neither stays.
[[nodiscard]] boost::json::object three_way_change(const boost::json::object& last,
                                                   const boost::json::object& wanted);

}  // namespace torii::agent
