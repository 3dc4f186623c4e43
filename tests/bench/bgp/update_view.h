#pragma once

#include "platform/base/byte_reader.h"

#include <cstdint>
#include <optional>

namespace torii::bench {

// The parts of an UPDATE that counting needs, without a copy: the tool must not be slower than what
// it measures. Prefixes are as on the wire, for both ways of carrying them (RFC 4271 section 4.3,
// RFC 4760 sections 3 and 4).
struct UpdateView {
    Bytes withdrawn;
    Bytes announced;
    Bytes communities;
    bool end_of_rib = false;  // RFC 4724 section 2
};

// `body` is an UPDATE without its header. Nothing: it is malformed.
[[nodiscard]] std::optional<UpdateView> view_update(Bytes body);

}  // namespace torii::bench
