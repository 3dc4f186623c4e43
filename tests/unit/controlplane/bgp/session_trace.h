#pragma once

#include "controlplane/bgp/session.h"
#include "tests/unit/controlplane/bgp/octets.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

// Scripts for sessions: events, and all that must be done at each.
// In a namespace of its own: the steps of peers have helpers of the same names.
namespace torii::bgp::session_trace {

struct Step {
    Event event;
    std::vector<std::string> actions;  // all of them, in their order
};

inline void run(Session& session, std::vector<Step> steps) {
    for (std::size_t index = 0; index < steps.size(); ++index) {
        std::vector<std::string> done;
        for (const Action& action : session.handle(std::move(steps[index].event))) {
            done.push_back(text(action));
        }
        EXPECT_THAT(done, testing::ElementsAreArray(steps[index].actions)) << "step " << index;
    }
}

inline PeerConfig config() {
    PeerConfig result;
    result.local_as = Asn{65000};
    result.remote_as = Asn{65001};
    return result;
}

inline const LocalSpeaker kLocal{RouterId{1}};

inline Session outgoing(const PeerConfig& with = config(), Jitter jitter = {}) {
    return {with, kLocal, Session::Direction::outgoing, std::move(jitter)};
}
inline Session incoming(const PeerConfig& with = config()) {
    return {with, kLocal, Session::Direction::incoming, {}};
}

inline Open open_of(Seconds hold_time = Seconds{9}) {
    Open open{Asn{65001}, hold_time, RouterId{2}, {}};
    open.capabilities.four_octet_as = Asn{65001};
    return open;
}

inline const std::vector<Step> kToOpenSent{
    {Start{}, {"start connect-retry 120s", "connect"}},
    {TcpConnected{}, {"stop connect-retry", "send OPEN as 65000 hold 90", "start hold 240s"}},
};
inline const std::vector<Step> kToOpenConfirm{
    {Received{open_of()}, {"send KEEPALIVE", "start keepalive 3s", "start hold 9s"}},
};
inline const std::vector<Step> kToEstablished{
    {Received{Keepalive{}}, {"start hold 9s", "session up with as 65001 hold 9 ipv4-unicast"}},
};

// A session that has gone so far.
inline Session in(State state) {
    Session session = outgoing();
    if (state >= State::open_sent) run(session, kToOpenSent);
    if (state >= State::open_confirm) run(session, kToOpenConfirm);
    if (state >= State::established) run(session, kToEstablished);
    EXPECT_EQ(state_name(session.state()), state_name(state));
    return session;
}

// What ends a session with an answer and lets it be tried again after a second.
inline std::vector<std::string> failure(const std::string& notification, bool was_up) {
    std::vector<std::string> actions{"send NOTIFICATION " + notification, "stop hold",
                                     "stop keepalive", "disconnect"};
    if (was_up) actions.push_back("session down notification sent " + notification);
    actions.emplace_back("start connect-retry 1s");
    return actions;
}

}  // namespace torii::bgp::session_trace
