#pragma once

#include "platform/base/result.h"

#include <string_view>

namespace torii::agent {

// A kind of resources and the names that people give it.
struct Kind {
    std::string_view kind;
    std::string_view words;  // lower case, with blanks around each
    bool namespaced = false;
    std::string_view group{};  // for messages: "ciliumloadbalancerippool.cilium.io"
};

// "svc", "ippool", "CiliumBGPPeerConfig": by kind, plural or short name.
[[nodiscard]] Result<Kind> find_kind(std::string_view word);

}  // namespace torii::agent
