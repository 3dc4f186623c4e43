#pragma once

#include "controlplane/speaker/speaker.h"
#include "platform/runtime/event_loop.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace torii::speaker {

// A network namespace of this process alone, whose loopback interface has the addresses 10.0.0.1 to
// 10.0.0.9 of 10.0.0.0/24 and the same in fd00::/64. Throws when the kernel does not allow it.
void enter_private_network();

[[nodiscard]] IpAddress address(const std::string& text);
[[nodiscard]] Prefix prefix(const std::string& text);

// One speaker and what it has told.
struct Node {
    explicit Node(EventLoop& loop);

    std::map<Prefix, SelectedNextHops> routes;  // selected, as they are now
    std::vector<SelectedNextHops> history;      // every event
    unsigned converged = 0;
    std::unique_ptr<Speaker> speaker;

    [[nodiscard]] std::vector<std::string> next_hops(const std::string& of) const;
    // Of the neighbor, or an empty state.
    [[nodiscard]] ipc::BgpNeighborState neighbor(const std::string& peer) const;
    [[nodiscard]] bool established(const std::string& peer) const;
};

// Speakers in one process, on real sockets.
class Sessions : public testing::Test {
protected:
    void SetUp() override { enter_private_network(); }

    // Runs the loop until `done`; false when that takes longer than the deadline.
    [[nodiscard]] bool until(const std::function<bool()>& done, Duration deadline = Seconds{10});

    // 10.0.0.1, AS 65000: takes in any external peer of 10.0.0.0/24, multipath 8, helper.
    [[nodiscard]] static SpeakerConfig router_config();
    // 10.0.0.`host`, AS 65001: only dials the router.
    [[nodiscard]] static SpeakerConfig agent_config(unsigned host);
    [[nodiscard]] static std::string host_address(unsigned host);
    [[nodiscard]] std::unique_ptr<Node> start(const SpeakerConfig& config,
                                              std::vector<LocalRoute> routes);

    EventLoop loop_;
};

}  // namespace torii::speaker
