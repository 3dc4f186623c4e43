#pragma once

#include "platform/base/prefix.h"

#include <string>
#include <vector>

namespace torii {

// An address of one of our interfaces.
struct LocalAddress {
    std::string interface;
    InterfaceAddress address;
    friend bool operator==(const LocalAddress&, const LocalAddress&) = default;
};

// All addresses of this network namespace, as the kernel has them now. Empty if it does not tell.
[[nodiscard]] std::vector<LocalAddress> local_addresses();

}  // namespace torii
