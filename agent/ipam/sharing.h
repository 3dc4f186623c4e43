#pragma once

#include "agent/model/service.h"

#include <string>

namespace torii::ipam {

// The key under which a service may share its addresses; empty: it shares none.
[[nodiscard]] std::string sharing_key(const model::Service& service);

// Whether two services may have one address: the same key, in one namespace or each permitting the
// other's, no port of one protocol in common, and alike to whoever routes to the address: the same
// external traffic policy, with Local also the same pods.
[[nodiscard]] bool may_share(const model::Service& one, const model::Service& other);

// The value of the first of the annotations that the service has.
[[nodiscard]] std::string annotation(const model::Service& service,
                                     std::initializer_list<std::string_view> names);
// "a, b" without the blanks and empty words.
[[nodiscard]] std::vector<std::string> comma_separated(const std::string& text);

}  // namespace torii::ipam
