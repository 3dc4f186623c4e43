#pragma once

#include "agent/ipam/allocator.h"

#include <set>

namespace torii::ipam {

// What a service asks for: certain addresses, or one of each of these families.
struct Request {
    std::set<IpAddress> addresses;
    std::set<IpFamily> families;  // empty when there are addresses
};

[[nodiscard]] Request request_of(const model::Service& service, const Settings& settings);

}  // namespace torii::ipam
