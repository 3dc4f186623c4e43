#pragma once

#include <string_view>

namespace torii::model {

// What an agent says of its node: services elsewhere are preferred, then there are none here.
inline constexpr std::string_view kDraining = "torii.io/Draining: other nodes are preferred";
inline constexpr std::string_view kDrained = "torii.io/Draining: its services are withdrawn";

}  // namespace torii::model
