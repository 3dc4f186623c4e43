#pragma once

#include "agent/model/labels.h"

#include <string>

namespace torii::model {

struct Metadata {
    std::string name;
    std::string namespace_name;  // empty for cluster-scoped resources
    Labels labels;
    std::string creation_timestamp;  // RFC 3339; empty in a manifest that was never in a cluster
    Labels annotations{};

    // "test/echo", or only the name of a cluster-scoped resource: unique among those of its kind.
    [[nodiscard]] std::string key() const {
        return namespace_name.empty() ? name : namespace_name + '/' + name;
    }
    friend bool operator==(const Metadata&, const Metadata&) = default;
};

}  // namespace torii::model
