#pragma once

#include "platform/base/ip_address.h"
#include "platform/bfd/thread.h"
#include "platform/runtime/event_loop.h"

#include <functional>
#include <map>
#include <platform/ipc/proto/bfd.pb.h>
#include <set>
#include <string>
#include <vector>

namespace torii::dataplane {

// The router's BFD sessions: what the control plane wants watched, and who is taken for gone.
class BfdSessions {
public:
    struct Calls {
        // Packets to this gateway are lost, or not any more.
        std::function<void(const IpAddress&, bool failed)> gateway_failed;
        std::function<void(const ipc::BfdSessionStates&)> changed;
    };

    BfdSessions(EventLoop& loop, Calls calls);

    // All of them; an error names the peer, and changes nothing.
    Result<void> configure(const ipc::SetBfdSessions& message);
    void ask(std::function<void(const ipc::BfdSessionStates&)> reply);

private:
    struct Wanted {
        std::string profile;
        bool ignore_down = false;
        bool multihop = false;
    };

    void changed(const bfd::SessionStatus& status);
    // Tells of those whose failure begins or ends to count.
    void judge();
    [[nodiscard]] ipc::BfdSessionState report(const bfd::SessionStatus& status) const;

    Calls calls_;
    std::map<IpAddress, Wanted> wanted_;
    std::set<IpAddress> fallen_;  // sessions that were up
    std::set<IpAddress> failed_;  // gateways, as was told
    bfd::Thread thread_;
};

}  // namespace torii::dataplane
