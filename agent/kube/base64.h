#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace torii::kube {

// RFC 4648 section 4. Line breaks are let through: YAML block scalars have them.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace torii::kube
