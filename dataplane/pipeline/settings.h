#pragma once

#include "dataplane/fib/ecmp_hash.h"
#include "dataplane/fib/reclaimer.h"
#include "dataplane/packet/packet.h"
#include "dataplane/pipeline/access_list.h"
#include "dataplane/pipeline/punt_class.h"
#include "platform/base/mac_address.h"
#include "platform/base/prefix.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace torii::pipeline {

class Capture;
class Trace;

// Whether packets must come from where their source is reached (RFC 3704).
enum class SourceValidation : std::uint8_t {
    off,
    loose,   // there is a route to the source
    strict,  // there is one by the port it came in on
};

// Whether senders of what comes in on a port are told that it cannot be delivered. That a packet is
// too big is told in any case: path MTU discovery needs it (RFC 1191, RFC 8201).
struct Unreachables {
    bool v4 = true;
    bool v6 = true;

    friend bool operator==(const Unreachables&, const Unreachables&) = default;
};

// How much of a class may be handed over or answered, per port and worker.
struct Allowance {
    std::uint32_t rate = 0;   // per second
    std::uint32_t burst = 0;  // at once

    friend bool operator==(const Allowance&, const Allowance&) = default;
};
// By class, as kPuntClasses has them.
[[nodiscard]] std::array<Allowance, kPuntClassCount> default_allowances();

// What the pipeline knows about a port.
struct PortSettings {
    std::string name;  // for traces
    // What comes in on a port that is not is dropped. Where packets may leave, the forwarding table
    // knows (set_port()).
    bool enabled = false;
    bool is_vlan = false;  // of another port: its packets have had their tag
    // The device tells nothing about transport checksums (every vdev): complete partial ones.
    bool repair_checksums = false;
    SourceValidation source_validation = SourceValidation::off;
    Unreachables unreachables;
    std::shared_ptr<const AccessList> acl_in;   // null: everything may come in
    std::shared_ptr<const AccessList> acl_out;  // null: everything may be forwarded out
    MacAddress mac;
    // Its addresses: the source of ICMP errors and the broadcast addresses not to forward to.
    std::vector<InterfaceAddress> addresses;

    // Sources are looked up: as configured, and always where software ports cost so much more that
    // it does not matter, for then nobody can write as from the router itself. Packets of those go
    // through all stages.
    [[nodiscard]] bool looks_up_sources() const {
        return repair_checksums || source_validation != SourceValidation::off;
    }
};

struct Settings {
    std::array<PortSettings, kMaxPorts> ports;
    // Those of them with acl_out, bit by port; SharedSettings sees to it.
    std::uint64_t filtered_ports = 0;
    fib::HashRules hashing{fib::HashSeed::make(0)};
    std::uint32_t icmp_errors_per_second = 1000;  // per port, worker and class: ttl, unreachable
    std::uint32_t icmp_error_burst = 50;
    std::shared_ptr<Trace> trace;      // null: none is under way
    std::shared_ptr<Capture> capture;  // null: none is
    // Per port and worker, of the classes that have one of their own: not ttl and unreachable.
    std::array<Allowance, kPuntClassCount> allowances = default_allowances();
};

// Gives an enabled port without an address of a family that of another port, to answer with (RFC
// 1812 section 4.3.2.4): as a host's, for its subnet is not on this link.
void lend_addresses(Settings& settings);

[[nodiscard]] Allowance allowance_of(PuntClass punt_class, const Settings& settings);

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
