#pragma once

#include "agent/kube/store.h"
#include "agent/reconcile/condition.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <platform/ipc/proto/agent.pb.h>
#include <string>
#include <utility>

namespace torii::agent {

// The status of a node's CiliumBGPNodeConfig: its sessions, and what could not be done.
class NodeStatus {
public:
    explicit NodeStatus(std::string node);

    [[nodiscard]] const kube::ObjectKey& key() const { return key_; }
    // `now` in seconds since 1970. A session that stays up keeps the time it came up at, although
    // that is known only to the second.
    [[nodiscard]] boost::json::object status(const ipc::AgentPeers& peers,
                                             const reconcile::Conditions& conditions,
                                             const kube::Statuses& before, std::int64_t now);

private:
    [[nodiscard]] std::string established(const ipc::AgentPeer& peer, std::int64_t now);
    [[nodiscard]] boost::json::object peer_status(const ipc::AgentPeer& peer, std::int64_t now);

    kube::ObjectKey key_;
    std::map<std::pair<std::string, std::string>, std::int64_t> since_;  // by instance, address
};

}  // namespace torii::agent
