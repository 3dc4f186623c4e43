#pragma once

#include "agent/model/metadata.h"
#include "platform/base/ip_address.h"

#include <string>
#include <string_view>
#include <vector>

namespace torii::model {

// What a node tells the others while routers send them connections that are its, or send it
// connections that are theirs. A Lease in a namespace of its own, as no other agent follows the
// Node; its name is the node's.
struct Absence {
    enum class State : unsigned char {
        none,     // a Lease that says nothing of the kind
        leaving,  // it drains, or its agent has: its connections come to the others
        back,     // connections that began elsewhere meanwhile come to it
    };
    static constexpr std::string_view kNamespace = "torii-drain";
    // Metadata::key() of that of a node.
    [[nodiscard]] static std::string key(const std::string& node) {
        return std::string(kNamespace) + '/' + node;
    }

    Metadata metadata;
    State state = State::none;
    std::vector<IpAddress> addresses{};  // of the node
    friend bool operator==(const Absence&, const Absence&) = default;
};

}  // namespace torii::model
