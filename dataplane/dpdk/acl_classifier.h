#pragma once

#include "dataplane/pipeline/access_list.h"
#include "platform/base/result.h"

#include <memory>
#include <string>
#include <vector>

namespace torii::dpdk {

// Access lists by DPDK's library (rte_acl): a trie of all rules, walked for many packets at once
// with the vector instructions there are. An error says that there is no memory for it. A list
// without rules of a family has no classifier for it.
[[nodiscard]] Result<std::shared_ptr<const pipeline::AccessList>> build_access_list(
    const std::string& name, const std::vector<pipeline::AccessRule>& rules, unsigned workers);

}  // namespace torii::dpdk
