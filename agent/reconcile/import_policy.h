#pragma once

#include "controlplane/policy/definition.h"
#include "controlplane/speaker/speaker.h"
#include "platform/base/result.h"

#include <string>
#include <vector>

namespace torii::reconcile {

// Which prefixes the node wants in its kernel, from words of the command line: "default", "all", or
// a prefix with lengths as in FRR's prefix lists, "172.20.0.0/16 le 24". A route that none of them
// permits is not wanted.
[[nodiscard]] Result<std::vector<policy::PrefixRule>> import_rules(
    const std::vector<std::string>& words);

// The import policy of all sessions, and what belongs to it: the way over all peers that are
// equally good, and paths with the AS of this node, which other nodes have, too. What is returned
// is for the policies of the same speaker. Without rules nothing changes.
[[nodiscard]] policy::Definitions import_routes(const std::vector<policy::PrefixRule>& rules,
                                                speaker::SpeakerConfig& config);

}  // namespace torii::reconcile
