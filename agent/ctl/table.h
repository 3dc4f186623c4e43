#pragma once

#include <string>
#include <vector>

namespace torii::agent {

// Rows as text with columns as wide as they need and three blanks between them, as the tools of
// Kubernetes and Cilium print tables. No blanks at the ends of lines.
[[nodiscard]] std::string format_table(const std::vector<std::vector<std::string>>& rows);

// A time span as Go prints it: "0s", "5m49s", "37h44m51s".
[[nodiscard]] std::string format_duration(unsigned long long seconds);

}  // namespace torii::agent
