#pragma once

#include <string>
#include <vector>

namespace torii::reconcile {

// Something about a resource that a person should know, as the resource's status would tell it.
struct Condition {
    std::string object;  // "CiliumBGPClusterConfig/cilium-bgp"
    std::string type;    // "cilium.io/MissingPeerConfigs"
    std::string message;

    [[nodiscard]] std::string to_string() const { return object + ": " + type + ": " + message; }
    friend auto operator<=>(const Condition&, const Condition&) = default;
};

using Conditions = std::vector<Condition>;

}  // namespace torii::reconcile
