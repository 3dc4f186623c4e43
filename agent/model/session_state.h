#pragma once

#include <string>
#include <string_view>

namespace torii::model {

// Cilium's names of the states of RFC 4271 section 8.2.2, by those of the control plane: "OpenSent"
// is "open_sent".
[[nodiscard]] std::string session_state(std::string_view state);

}  // namespace torii::model
