#pragma once

#include "dataplane/fib/ecmp_hash.h"
#include "dataplane/fib/reclaimer.h"
#include "dataplane/packet/packet.h"
#include "platform/base/mac_address.h"
#include "platform/base/prefix.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace torii::pipeline {

// What the pipeline knows about a port.
struct PortSettings {
    bool enabled = false;  // packets of a port that is not are dropped
    // The device tells nothing about transport checksums (every vdev): complete partial ones.
    bool repair_checksums = false;
    MacAddress mac;
    // Its addresses: the source of ICMP errors and the broadcast addresses not to forward to.
    std::vector<InterfaceAddress> addresses;
};

struct Settings {
    std::array<PortSettings, kMaxPorts> ports;
    fib::HashMode hash_mode = fib::HashMode::l4;
    std::uint32_t hash_seed = 0;
    std::uint32_t icmp_errors_per_second = 1000;  // per port and worker
    std::uint32_t icmp_error_burst = 50;
};

// The settings all workers read: replaced as a whole, the old ones retired.
class SharedSettings {
public:
    explicit SharedSettings(fib::Reclaimer& reclaimer);
    SharedSettings(const SharedSettings&) = delete;
    SharedSettings& operator=(const SharedSettings&) = delete;
    ~SharedSettings();

    void publish(Settings settings);
    [[nodiscard]] const Settings& current() const {
        return *current_.load(std::memory_order_acquire);
    }

private:
    fib::Reclaimer& reclaimer_;
    std::atomic<const Settings*> current_;
};

}  // namespace torii::pipeline
