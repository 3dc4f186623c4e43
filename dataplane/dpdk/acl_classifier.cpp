#include "dataplane/dpdk/acl_classifier.h"

#include <rte_acl.h>
#include <rte_errno.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace torii::dpdk {
namespace {

using pipeline::AccessKeyV4;
using pipeline::AccessKeyV6;
using pipeline::AccessRule;
using pipeline::PortRange;

// The fields of a key. What is read at once, four octets, has one input index.
constexpr std::size_t kWordsV4 = 1;
constexpr std::size_t kWordsV6 = 4;

// Protocol, addresses, ports, and the octets about the upper layer.
template <std::size_t Words>
constexpr std::size_t kFields = 1 + 2 * Words + 2 + 4;

template <class Key, std::size_t Words>
std::array<rte_acl_field_def, kFields<Words>> field_definitions() {
    std::array<rte_acl_field_def, kFields<Words>> fields{};
    std::uint8_t index = 0;
    std::uint8_t input = 0;
    const auto add = [&](std::uint8_t type, std::uint8_t size, std::size_t offset) {
        fields.at(index) = {type, size, index, input, static_cast<std::uint32_t>(offset)};
        ++index;
    };
    add(RTE_ACL_FIELD_TYPE_BITMASK, 1, offsetof(Key, protocol));
    for (const std::size_t address : {offsetof(Key, source), offsetof(Key, destination)}) {
        for (std::size_t word = 0; word < Words; ++word) {
            ++input;
            add(RTE_ACL_FIELD_TYPE_MASK, 4, address + 4 * word);
        }
    }
    ++input;
    add(RTE_ACL_FIELD_TYPE_RANGE, 2, offsetof(Key, source_port));
    add(RTE_ACL_FIELD_TYPE_RANGE, 2, offsetof(Key, destination_port));
    ++input;
    for (std::size_t octet = 0; octet < 4; ++octet) {
        add(RTE_ACL_FIELD_TYPE_BITMASK, 1, offsetof(Key, present) + octet);
    }
    return fields;
}

std::uint32_t word_of(const IpAddress& address, std::size_t word) {
    if (address.is_v4()) return address.v4_number();
    const auto& octets = address.octets();
    std::uint32_t number = 0;
    for (std::size_t octet = 0; octet < 4; ++octet) {
        number = number << 8U | octets[4 * word + octet];
    }
    return number;
}

rte_acl_field octet_field(std::uint8_t value, std::uint8_t mask) {
    rte_acl_field field{};
    field.value.u8 = value;
    field.mask_range.u8 = mask;
    return field;
}

rte_acl_field port_field(const std::optional<PortRange>& ports) {
    rte_acl_field field{};
    field.value.u16 = ports.value_or(PortRange{}).first;
    field.mask_range.u16 = ports.value_or(PortRange{}).last;
    return field;
}

// Four octets of a prefix.
rte_acl_field word_field(const std::optional<Prefix>& prefix, std::size_t word) {
    rte_acl_field field{};
    if (!prefix) return field;
    const auto before = static_cast<unsigned>(32 * word);
    const unsigned length = prefix->length();
    field.mask_range.u32 = length > before ? std::min(length - before, 32U) : 0;
    if (field.mask_range.u32 != 0) field.value.u32 = word_of(prefix->address(), word);
    return field;
}

template <std::size_t Words>
std::array<rte_acl_field, kFields<Words>> fields_of(const AccessRule& rule) {
    std::array<rte_acl_field, kFields<Words>> fields{};
    std::size_t index = 0;
    const auto add = [&](const rte_acl_field& field) { fields.at(index++) = field; };
    add(octet_field(rule.protocol.value_or(0), rule.protocol ? 0xff : 0));
    for (const auto* prefix : {&rule.source, &rule.destination}) {
        for (std::size_t word = 0; word < Words; ++word) add(word_field(*prefix, word));
    }
    add(port_field(rule.source_ports));
    add(port_field(rule.destination_ports));
    std::uint8_t present = 0;
    if (rule.source_ports || rule.destination_ports) present |= pipeline::kHasPorts;
    if (rule.icmp_type) present |= pipeline::kHasIcmpType;
    const auto flags = static_cast<std::uint8_t>(rule.tcp_flags_set | rule.tcp_flags_clear);
    if (flags != 0) present |= pipeline::kHasTcpFlags;
    add(octet_field(present, present));
    add(octet_field(rule.icmp_type.value_or(0), rule.icmp_type ? 0xff : 0));
    add(octet_field(rule.tcp_flags_set, flags));
    add(octet_field(0, 0));
    return fields;
}

// DPDK gives who asks for a name the context that has it already, whoever made that.
std::string unused_name() {
    static std::atomic<unsigned> number{0};
    return "torii" + std::to_string(number++);
}

template <class Key, std::size_t Words>
class RteAcl final : public pipeline::AccessClassifier {
public:
    static Result<std::unique_ptr<pipeline::AccessClassifier>> build(
        const std::vector<AccessRule>& rules, IpFamily family) {
        std::vector<Rule> wanted;
        for (std::size_t index = 0; index < rules.size(); ++index) {
            if (!rules[index].is_of(family)) continue;
            Rule rule{};
            rule.data.category_mask = 1;
            // The first rule that fits has the highest priority.
            rule.data.priority =
                static_cast<std::int32_t>(RTE_ACL_MAX_PRIORITY - static_cast<std::int32_t>(index));
            rule.data.userdata = static_cast<std::uint32_t>(index + 1);
            std::ranges::copy(fields_of<Words>(rules[index]), std::begin(rule.field));
            wanted.push_back(rule);
        }
        std::unique_ptr<pipeline::AccessClassifier> none;
        if (wanted.empty()) return none;
        return build(wanted);
    }

    ~RteAcl() override { rte_acl_free(context_); }

    void classify(std::span<const std::uint8_t* const> keys, std::uint32_t* found) const override {
        if (keys.empty()) return;
        auto** data = const_cast<const std::uint8_t**>(keys.data());
        rte_acl_classify(context_, data, found, static_cast<std::uint32_t>(keys.size()), 1);
    }

private:
    struct Rule {
        rte_acl_rule_data data;
        rte_acl_field field[kFields<Words>];
    };

    explicit RteAcl(rte_acl_ctx* context) : context_(context) {}

    static Result<std::unique_ptr<pipeline::AccessClassifier>> build(
        const std::vector<Rule>& rules) {
        const std::string name = unused_name();
        const auto count = static_cast<std::uint32_t>(rules.size());
        const rte_acl_param parameters{name.c_str(), SOCKET_ID_ANY, sizeof(Rule), count};
        rte_acl_ctx* context = rte_acl_create(&parameters);
        if (context == nullptr) return fail("{}", rte_strerror(rte_errno));
        std::unique_ptr<RteAcl> classifier(new RteAcl(context));
        rte_acl_config config{};
        config.num_categories = 1;
        const auto fields = field_definitions<Key, Words>();
        config.num_fields = static_cast<std::uint32_t>(fields.size());
        std::ranges::copy(fields, std::begin(config.defs));
        int error =
            rte_acl_add_rules(context, reinterpret_cast<const rte_acl_rule*>(rules.data()), count);
        if (error == 0) error = rte_acl_build(context, &config);
        if (error != 0) return fail("{}", rte_strerror(std::abs(error)));
        return std::unique_ptr<pipeline::AccessClassifier>(std::move(classifier));
    }

    rte_acl_ctx* context_;
};

}  // namespace

Result<std::shared_ptr<const pipeline::AccessList>> build_access_list(
    const std::string& name, const std::vector<AccessRule>& rules, unsigned workers) {
    auto ipv4 = RteAcl<AccessKeyV4, kWordsV4>::build(rules, IpFamily::v4);
    auto ipv6 = RteAcl<AccessKeyV6, kWordsV6>::build(rules, IpFamily::v6);
    for (const auto* built : {&ipv4, &ipv6}) {
        if (!*built) {
            return fail("access list {} with {} rules: {}", name, rules.size(),
                        built->error().message);
        }
    }
    return std::make_shared<const pipeline::AccessList>(name, rules, std::move(*ipv4),
                                                        std::move(*ipv6), workers);
}

}  // namespace torii::dpdk
