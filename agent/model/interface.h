#pragma once

#include "platform/base/ip_address.h"
#include "platform/base/mac_address.h"

#include <string>
#include <vector>

namespace torii::model {

// An interface of the node.
struct Interface {
    std::string name;
    MacAddress mac{};
    bool up = false;                     // by its owner's will and the wire's
    std::vector<IpAddress> addresses{};  // sorted
    friend bool operator==(const Interface&, const Interface&) = default;
};

}  // namespace torii::model
