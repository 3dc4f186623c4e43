#pragma once

#include "dataplane/dpdk/device.h"
#include "dataplane/fib/buckets.h"
#include "dataplane/fib/ecmp_hash.h"
#include "dataplane/fib/route_counters.h"
#include "dataplane/pipeline/settings.h"
#include "dataplane/server/access_lists.h"
#include "platform/base/result.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <platform/ipc/proto/config.pb.h>
#include <string>
#include <vector>

namespace torii::dataplane {

inline constexpr std::uint16_t kMtuDefault = 1500;
inline constexpr std::uint16_t kMtuMin = 68;  // RFC 791 section 3.2
// A frame must fit one receive buffer of every driver; AF_PACKET's has 2048 octets with its header.
inline constexpr std::uint16_t kMtuMax = 1900;

inline constexpr std::uint32_t kCountedRoutesDefault = 1000;

enum class Driver : std::uint8_t { pci, kernel, xdp, vdev, tap, vlan };

// A port as configured.
struct PortSpec {
    std::string name;  // also of its TAP
    Driver driver = Driver::xdp;
    // PCI address, kernel interface, vdev string, name of a DPDK tap, or of the VLAN's parent port.
    std::string device;
    std::uint16_t mtu = kMtuDefault;
    std::uint16_t vlan = 0;  // driver vlan: its id (IEEE 802.1Q)
    dpdk::RingSizes rings{};

    // It is a kernel interface that the packet engine takes over.
    [[nodiscard]] bool on_kernel_interface() const {
        return driver == Driver::kernel || driver == Driver::xdp;
    }
    [[nodiscard]] bool is_vlan() const { return driver == Driver::vlan; }
    // Of a port that is no VLAN.
    [[nodiscard]] dpdk::DeviceAddress address(unsigned workers = 1) const;

    friend bool operator==(const PortSpec&, const PortSpec&) = default;
};

[[nodiscard]] std::string_view driver_name(Driver driver);

// What only a start of EAL changes.
struct StartSettings {
    std::optional<std::uint32_t> hugepage_memory_mib;  // absent: the machine's plan decides
    std::string worker_lcores;                         // empty: likewise
    std::vector<std::string> eal_arguments;            // of the machine's plan
    std::optional<std::uint32_t> main_lcore{};         // absent: any
    std::uint32_t buffers = 0;                         // 0: by ports and workers

    friend bool operator==(const StartSettings&, const StartSettings&) = default;
};

struct Config {
    std::vector<PortSpec> ports;
    // By port; no part of the PortSpec, because it changes under running traffic.
    std::map<std::string, pipeline::SourceValidation> source_validation;
    std::map<std::string, pipeline::Unreachables> unreachables;  // likewise
    std::vector<AccessListSpec> access_lists;
    std::map<std::string, AccessOfPort> access_of_ports;  // as source_validation
    std::array<pipeline::Allowance, pipeline::kPuntClassCount> allowances =
        pipeline::default_allowances();
    fib::HashRules hashing{fib::HashSeed::make(0)};
    std::uint32_t hash_seed = 0;  // as configured
    fib::Selection selection = fib::Selection::resilient;
    fib::CountedRoutes counted_routes;
    bool poll_always = false;
    std::uint32_t icmp_errors_per_second = 1000;
    StartSettings start;
};

// What of the settings is another one, as paths of the model.
[[nodiscard]] std::vector<std::string> differences(const StartSettings& one,
                                                   const StartSettings& other);

// Checks everything that can be said without the machine; an error names the port.
[[nodiscard]] Result<Config> read_config(const ipc::DataplaneConfig& message);

}  // namespace torii::dataplane
