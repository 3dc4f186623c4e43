#pragma once

#include "dataplane/pipeline/counter.h"
#include "platform/base/prefix.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

// Which packets an interface takes in and lets out.
namespace torii::pipeline {

enum class AccessAction : std::uint8_t {
    accept,
    reject,   // the sender is told (RFC 1812 section 5.3.9)
    discard,  // nobody is
};

struct PortRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0xffff;

    friend bool operator==(const PortRange&, const PortRange&) = default;
};

// What is not there is no condition. Ports, types and flags are in no later fragment: a rule that
// asks for them fits none.
struct AccessRule {
    std::uint32_t sequence = 0;
    AccessAction action = AccessAction::accept;
    std::optional<Prefix> source = {};
    std::optional<Prefix> destination = {};
    std::optional<std::uint8_t> protocol = {};
    std::optional<PortRange> source_ports = {};
    std::optional<PortRange> destination_ports = {};
    std::optional<std::uint8_t> icmp_type = {};
    std::uint8_t tcp_flags_set = 0;    // these must be set,
    std::uint8_t tcp_flags_clear = 0;  // and these must not

    // Whether packets of the family can fit.
    [[nodiscard]] bool is_of(IpFamily family) const;

    friend bool operator==(const AccessRule&, const AccessRule&) = default;
};

// What of the upper layer is there (AccessKey::present).
enum AccessPresent : std::uint8_t {
    kHasPorts = 1U << 0U,
    kHasIcmpType = 1U << 1U,
    kHasTcpFlags = 1U << 2U,
};

// What rules look at in a packet, in network byte order. Four octets that belong together begin at
// a multiple of four: classifiers read them at once.
template <std::size_t kAddressLength>
struct AccessKey {
    std::uint8_t protocol;
    std::uint8_t unused[3];
    std::uint8_t source[kAddressLength];
    std::uint8_t destination[kAddressLength];
    std::uint8_t source_port[2];
    std::uint8_t destination_port[2];
    std::uint8_t present;
    std::uint8_t icmp_type;
    std::uint8_t tcp_flags;
    std::uint8_t zero;
};
using AccessKeyV4 = AccessKey<4>;
using AccessKeyV6 = AccessKey<16>;

// Finds the first of the rules of one family that fits.
class AccessClassifier {
public:
    AccessClassifier() = default;
    AccessClassifier(const AccessClassifier&) = delete;
    AccessClassifier& operator=(const AccessClassifier&) = delete;
    virtual ~AccessClassifier() = default;

    // `found`: for each key the index of the rule, plus 1; 0 when none fits. Any thread.
    virtual void classify(std::span<const std::uint8_t* const> keys,
                          std::uint32_t* found) const = 0;
};

// The rules with their counters. Immutable but for these: a change makes another list.
class AccessList {
public:
    // Without a classifier no packet of its family fits any rule.
    AccessList(std::string name, std::vector<AccessRule> rules,
               std::unique_ptr<AccessClassifier> ipv4, std::unique_ptr<AccessClassifier> ipv6,
               unsigned workers);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::vector<AccessRule>& rules() const { return rules_; }
    // As AccessClassifier::classify(). A key of IPv4 or IPv6.
    void classify(IpFamily family, std::span<const std::uint8_t* const> keys,
                  std::uint32_t* found) const;
    // What is done with a packet for which classify() has found this.
    [[nodiscard]] AccessAction action(std::uint32_t found) const {
        return found == 0 ? AccessAction::discard : rules_[found - 1].action;
    }

    // Each worker counts for itself.
    void count(unsigned worker, std::uint32_t found) const { cells_[worker][found].add(1); }
    // Of all workers: packets that fitted the rule of this index plus 1; 0: none.
    [[nodiscard]] std::uint64_t packets(std::uint32_t found) const;

private:
    std::string name_;
    std::vector<AccessRule> rules_;
    std::unique_ptr<AccessClassifier> ipv4_;
    std::unique_ptr<AccessClassifier> ipv6_;
    std::vector<std::unique_ptr<Counter[]>> cells_;  // by worker
};

}  // namespace torii::pipeline
