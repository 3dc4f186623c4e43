#pragma once

#include "controlplane/speaker/speaker.h"
#include "platform/base/ip_address.h"
#include "platform/base/result.h"

#include <functional>
#include <map>
#include <optional>
#include <platform/ipc/proto/dataplane.pb.h>
#include <set>
#include <span>
#include <string>

namespace torii::controlplane {

using BfdProfiles = std::map<std::string, ipc::BfdParameters>;

// Has the packet engine watch BGP's neighbors, and says who is gone. The sessions are the engine's:
// they stand while this process is away.
class BfdWatch {
public:
    struct Calls {
        // To the engine, which is connected.
        std::function<void(ipc::DataplaneRequest,
                           std::function<void(const Result<ipc::DataplaneReply>&)>)>
            call;
        // `independent`: as in speaker::Speaker::peer_failed().
        std::function<void(const IpAddress&, bool independent)> failed;
        // On a link of ours: single hop (RFC 5881), else RFC 5883.
        std::function<bool(const IpAddress&)> on_link;
    };

    explicit BfdWatch(Calls calls) : calls_(std::move(calls)) {}

    void engine_up();
    void engine_down() { connected_ = false; }
    // Sends what is wanted if it is something else than before. Others may go: nobody may be
    // missing who was there before a restart of ours.
    void want(std::span<const speaker::WatchedPeer> peers, const BfdProfiles& profiles);
    // The engine tells.
    void states(const ipc::BfdSessionStates& states);

private:
    void send();

    Calls calls_;
    bool connected_ = false;
    std::optional<ipc::SetBfdSessions> wanted_;
    std::set<IpAddress> failed_;
};

}  // namespace torii::controlplane
