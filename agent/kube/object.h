#pragma once

#include "agent/model/labels.h"
#include "platform/base/result.h"

#include <boost/json/object.hpp>

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace torii::kube {

// Names a resource in the cluster.
struct ObjectKey {
    std::string api_version;
    std::string kind;
    std::string namespace_name;
    std::string name;
    friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
};

// A resource as it was written, with what every kind has in common taken out.
struct Object {
    ObjectKey key;
    model::Labels labels;
    model::Labels annotations;
    std::string creation_timestamp;
    std::string file;          // empty: it is from the API server
    std::size_t document = 1;  // its place in the file, from 1
    boost::json::object content;

    // "bgp.yaml, document 2, CiliumBGPPeerConfig cilium-peer": where a person finds it.
    [[nodiscard]] std::string place() const;
};

// The name of a file that has this resource alone: no name in a cluster has an underscore.
[[nodiscard]] std::string file_name(const ObjectKey& key);

// The resources of one file. The items of a List are resources of its document. All that is wrong
// is told at once, a line each.
[[nodiscard]] Result<std::vector<Object>, std::vector<Error>> read_objects(std::string_view text,
                                                                           const std::string& file);

// The resource of this key as the API server sends it: in lists without apiVersion and kind.
[[nodiscard]] Result<Object, std::vector<Error>> read_object(boost::json::value value,
                                                             const ObjectKey& key);

}  // namespace torii::kube
