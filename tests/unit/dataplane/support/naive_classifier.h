#pragma once

#include "dataplane/packet/byte_order.h"
#include "dataplane/pipeline/access_list.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace torii::test {

// One rule after the other, as they are written.
template <class Key>
class NaiveClassifier final : public pipeline::AccessClassifier {
public:
    explicit NaiveClassifier(std::vector<pipeline::AccessRule> rules) : rules_(std::move(rules)) {}

    void classify(std::span<const std::uint8_t* const> keys, std::uint32_t* found) const override {
        for (const std::uint8_t* key : keys) *found++ = first(*reinterpret_cast<const Key*>(key));
    }

private:
    static constexpr IpFamily kFamily = sizeof(Key::source) == 4 ? IpFamily::v4 : IpFamily::v6;

    static bool has(const Key& key, std::uint8_t what) { return (key.present & what) == what; }
    static bool is_in(const std::uint8_t* octets, const std::optional<Prefix>& prefix) {
        const auto address = IpAddress::from_bytes({octets, sizeof(Key::source)}).value();
        return !prefix || prefix->contains(address);
    }
    static bool is_in(const std::uint8_t* octets, const pipeline::PortRange& ports) {
        const std::uint16_t port = packet::load16(octets);
        return port >= ports.first && port <= ports.last;
    }
    static bool fits(const Key& key, const pipeline::AccessRule& rule) {
        if (!rule.is_of(kFamily)) return false;
        if (rule.protocol && key.protocol != *rule.protocol) return false;
        if (!is_in(key.source, rule.source) || !is_in(key.destination, rule.destination)) {
            return false;
        }
        if (rule.source_ports || rule.destination_ports) {
            if (!has(key, pipeline::kHasPorts)) return false;
            if (!is_in(key.source_port, rule.source_ports.value_or(pipeline::PortRange{})) ||
                !is_in(key.destination_port,
                       rule.destination_ports.value_or(pipeline::PortRange{}))) {
                return false;
            }
        }
        if (rule.icmp_type &&
            (!has(key, pipeline::kHasIcmpType) || key.icmp_type != *rule.icmp_type)) {
            return false;
        }
        if ((rule.tcp_flags_set | rule.tcp_flags_clear) == 0) return true;
        return has(key, pipeline::kHasTcpFlags) &&
               (key.tcp_flags & rule.tcp_flags_set) == rule.tcp_flags_set &&
               (key.tcp_flags & rule.tcp_flags_clear) == 0;
    }
    std::uint32_t first(const Key& key) const {
        const auto found = std::ranges::find_if(
            rules_, [&](const pipeline::AccessRule& rule) { return fits(key, rule); });
        return found == rules_.end() ? 0 : static_cast<std::uint32_t>(found - rules_.begin() + 1);
    }

    std::vector<pipeline::AccessRule> rules_;
};

[[nodiscard]] inline std::shared_ptr<const pipeline::AccessList> naive_access_list(
    const std::vector<pipeline::AccessRule>& rules) {
    return std::make_shared<const pipeline::AccessList>(
        "test", rules, std::make_unique<NaiveClassifier<pipeline::AccessKeyV4>>(rules),
        std::make_unique<NaiveClassifier<pipeline::AccessKeyV6>>(rules), 1);
}

}  // namespace torii::test
