#pragma once

#include "platform/machine/binding.h"

namespace torii::platformd {

// One address of each interface of this network namespace that has any, link-local ones apart:
// those come by themselves.
[[nodiscard]] machine::Addresses interface_addresses();

}  // namespace torii::platformd
