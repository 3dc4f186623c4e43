#pragma once

#include "controlplane/routing/kernel_limit.h"
#include "controlplane/routing/route.h"
#include "controlplane/server/bfd_watch.h"
#include "controlplane/server/recording.h"
#include "controlplane/speaker/speaker.h"
#include "platform/base/mac_address.h"
#include "platform/base/prefix.h"
#include "platform/base/result.h"

#include <cstddef>
#include <map>
#include <optional>
#include <platform/ipc/proto/config.pb.h>
#include <string>
#include <vector>

namespace torii::controlplane {

struct InterfaceSettings {
    std::string name;
    bool enabled = true;
    bool loopback = false;
    std::vector<InterfaceAddress> addresses{};
    std::map<IpAddress, MacAddress> neighbors{};  // that are not asked

    friend bool operator==(const InterfaceSettings&, const InterfaceSettings&) = default;
};

// A `network` statement.
struct Network {
    Prefix prefix;
    bool unconditional = false;  // also without a route for it
    std::vector<std::string> policies{};
};

// A `redistribute` statement: all routes of one kind and family.
struct Redistribute {
    bgp::Family family = bgp::Family::ipv4_unicast;
    routing::Protocol protocol = routing::Protocol::connected;
    std::vector<std::string> policies{};
    std::uint32_t metric = 0;
};

struct BgpSettings {
    speaker::SpeakerConfig speaker;
    std::vector<Network> networks;
    std::vector<Redistribute> redistribute;
    std::size_t peer_groups = 0;
    RecordingSettings recording;
};

struct Settings {
    std::vector<InterfaceSettings> interfaces;
    std::vector<routing::StaticRoute> statics;
    std::size_t kernel_bgp_routes = routing::KernelLimit::kDefault;
    std::optional<BgpSettings> bgp;
    BfdProfiles bfd_profiles;
};

// The configuration in our types, every neighbor with the values it inherits. An error names the
// statement and what is wrong with it.
[[nodiscard]] Result<Settings> read_settings(const ipc::ControlplaneConfig& config);

}  // namespace torii::controlplane
