#pragma once

#include "controlplane/bgp/capability.h"
#include "controlplane/bgp/types.h"
#include "platform/base/clock.h"
#include "platform/base/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace torii::bench {

// Who speaks to the device and what it announces. Senders receive, too.
struct Plan {
    std::string name;
    bgp::Family family = bgp::Family::ipv4_unicast;
    std::uint8_t prefix_length = 24;
    std::size_t senders = 1;
    std::size_t listeners = 0;  // that announce nothing
    std::size_t prefixes = 1;   // of each sender
    bool shared = false;        // all senders have the same prefixes and are of one AS
    std::size_t attribute_sets = 1;
    std::size_t prefixes_per_update = 100;
    Seconds hold_time{90};
    std::optional<bgp::GracefulRestartCapability> graceful_restart;
    Seconds duration{0};  // of a storm, of churn or of single changes

    [[nodiscard]] std::size_t table_size() const { return shared ? prefixes : senders * prefixes; }
};

[[nodiscard]] std::vector<std::string> plan_names();
// A scale below 1 makes it smaller in its most telling dimension.
[[nodiscard]] Result<Plan> find_plan(std::string_view name, double scale);

}  // namespace torii::bench
