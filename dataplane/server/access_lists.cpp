#include "dataplane/server/access_lists.h"

#include "dataplane/dpdk/acl_classifier.h"

#include <algorithm>
#include <utility>

namespace torii::dataplane {
namespace {

using pipeline::AccessAction;
using pipeline::AccessRule;
using pipeline::PortRange;

constexpr int kRulesMax = 4096;  // of a list: their tries take memory

AccessAction read_action(ipc::AccessAction action) {
    switch (action) {
        case ipc::ACCESS_ACCEPT: return AccessAction::accept;
        case ipc::ACCESS_REJECT: return AccessAction::reject;
        default: return AccessAction::discard;
    }
}

ipc::AccessAction to_proto(AccessAction action) {
    switch (action) {
        case AccessAction::accept: return ipc::ACCESS_ACCEPT;
        case AccessAction::reject: return ipc::ACCESS_REJECT;
        case AccessAction::discard: break;
    }
    return ipc::ACCESS_DISCARD;
}

Result<std::optional<Prefix>> read_prefix(const std::string& text) {
    if (text.empty()) return std::optional<Prefix>{};
    const Result<Prefix> prefix = Prefix::parse(text);
    if (!prefix) return unexpected(prefix.error());
    return std::optional(*prefix);
}

Result<PortRange> read_ports(const ipc::AccessPorts& message) {
    if (message.first() > message.last() || message.last() > 0xffff) {
        return fail("there are no ports {} to {}", message.first(), message.last());
    }
    return PortRange{static_cast<std::uint16_t>(message.first()),
                     static_cast<std::uint16_t>(message.last())};
}

Result<void> read_upper_layer(const ipc::AccessRule& message, AccessRule& rule) {
    const std::uint32_t flags = message.tcp_flags_set() | message.tcp_flags_clear();
    if (message.protocol() > 0xff || message.icmp_type() > 0xff || flags > 0xff) {
        return fail("protocol, icmp-type and tcp-flags are octets");
    }
    if (message.has_protocol()) rule.protocol = static_cast<std::uint8_t>(message.protocol());
    if (message.has_icmp_type()) rule.icmp_type = static_cast<std::uint8_t>(message.icmp_type());
    rule.tcp_flags_set = static_cast<std::uint8_t>(message.tcp_flags_set());
    rule.tcp_flags_clear = static_cast<std::uint8_t>(message.tcp_flags_clear());
    if ((rule.tcp_flags_set & rule.tcp_flags_clear) != 0) {
        return fail("a flag cannot be set and not set: no packet would fit");
    }
    if (message.has_source_ports()) {
        const Result<PortRange> ports = read_ports(message.source_ports());
        if (!ports) return unexpected(ports.error());
        rule.source_ports = *ports;
    }
    if (message.has_destination_ports()) {
        const Result<PortRange> ports = read_ports(message.destination_ports());
        if (!ports) return unexpected(ports.error());
        rule.destination_ports = *ports;
    }
    return {};
}

Result<AccessRule> read_rule(const ipc::AccessRule& message) {
    AccessRule rule;
    rule.sequence = message.sequence();
    rule.action = read_action(message.action());
    const auto source = read_prefix(message.source());
    if (!source) return unexpected(source.error());
    const auto destination = read_prefix(message.destination());
    if (!destination) return unexpected(destination.error());
    rule.source = *source;
    rule.destination = *destination;
    if (const auto read = read_upper_layer(message, rule); !read) return unexpected(read.error());
    if (!rule.is_of(IpFamily::v4) && !rule.is_of(IpFamily::v6)) {
        return fail("source, destination and protocol are of different address families");
    }
    return rule;
}

Result<AccessListSpec> read_list(const ipc::AccessList& message) {
    AccessListSpec list{message.name(), {}};
    if (message.rules_size() > kRulesMax) {
        return fail("acl {}: {} rules: there can be at most {}", list.name, message.rules_size(),
                    kRulesMax);
    }
    for (const ipc::AccessRule& one : message.rules()) {
        const Result<AccessRule> rule = read_rule(one);
        if (!rule) {
            return fail("acl {} rule {}: {}", list.name, one.sequence(), rule.error().message);
        }
        list.rules.push_back(*rule);
    }
    std::ranges::sort(list.rules, {}, &AccessRule::sequence);
    const auto twice = std::ranges::adjacent_find(list.rules, {}, &AccessRule::sequence);
    if (twice != list.rules.end()) {
        return fail("acl {} rule {}: is there twice", list.name, twice->sequence);
    }
    return list;
}

void fill(ipc::AccessRule& message, const AccessRule& rule) {
    message.set_sequence(rule.sequence);
    message.set_action(to_proto(rule.action));
    if (rule.source) message.set_source(rule.source->to_string());
    if (rule.destination) message.set_destination(rule.destination->to_string());
    if (rule.protocol) message.set_protocol(*rule.protocol);
    if (rule.icmp_type) message.set_icmp_type(*rule.icmp_type);
    message.set_tcp_flags_set(rule.tcp_flags_set);
    message.set_tcp_flags_clear(rule.tcp_flags_clear);
    if (rule.source_ports) {
        message.mutable_source_ports()->set_first(rule.source_ports->first);
        message.mutable_source_ports()->set_last(rule.source_ports->last);
    }
    if (rule.destination_ports) {
        message.mutable_destination_ports()->set_first(rule.destination_ports->first);
        message.mutable_destination_ports()->set_last(rule.destination_ports->last);
    }
}

std::uint64_t packets(const AccessLists::Entry& entry, std::size_t found) {
    return entry.before[found] + entry.list->packets(static_cast<std::uint32_t>(found));
}

// What rules that are the same in a former list have counted.
std::vector<std::uint64_t> counted_before(const AccessListSpec& wanted,
                                          const AccessLists::Entry* former) {
    std::vector<std::uint64_t> before(wanted.rules.size() + 1);
    if (former == nullptr) return before;
    before[0] = packets(*former, 0);
    const auto& rules = former->list->rules();
    for (std::size_t index = 0; index < wanted.rules.size(); ++index) {
        const auto same = std::ranges::find(rules, wanted.rules[index]);
        if (same == rules.end()) continue;
        before[index + 1] = packets(*former, static_cast<std::size_t>(same - rules.begin()) + 1);
    }
    return before;
}

}  // namespace

Result<std::vector<AccessListSpec>> read_access_lists(const ipc::DataplaneConfig& message) {
    std::vector<AccessListSpec> lists;
    for (const ipc::AccessList& one : message.access_lists()) {
        Result<AccessListSpec> list = read_list(one);
        if (!list) return unexpected(list.error());
        lists.push_back(std::move(*list));
    }
    for (const ipc::PortConfig& port : message.ports()) {
        for (const std::string& name : {port.acl_in(), port.acl_out()}) {
            if (name.empty() ||
                std::ranges::find(lists, name, &AccessListSpec::name) != lists.end()) {
                continue;
            }
            return fail("port {}: there is no acl {}", port.name(), name);
        }
    }
    return lists;
}

Result<AccessLists::Entries> AccessLists::build(const std::vector<AccessListSpec>& wanted,
                                                unsigned workers) const {
    Entries entries;
    for (const AccessListSpec& spec : wanted) {
        const auto found = entries_.find(spec.name);
        const Entry* former = found == entries_.end() ? nullptr : &found->second;
        if (former != nullptr && former->list->rules() == spec.rules) {
            entries.emplace(spec.name, *former);
            continue;
        }
        auto list = dpdk::build_access_list(spec.name, spec.rules, workers);
        if (!list) return unexpected(list.error());
        entries.emplace(spec.name, Entry{std::move(*list), counted_before(spec, former)});
    }
    return entries;
}

std::shared_ptr<const pipeline::AccessList> AccessLists::find(const std::string& name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : found->second.list;
}

ipc::AccessLists AccessLists::show() const {
    ipc::AccessLists lists;
    for (const auto& [name, entry] : entries_) {
        ipc::AccessListStatus& status = *lists.add_lists();
        status.set_name(name);
        const auto& rules = entry.list->rules();
        for (std::size_t index = 0; index < rules.size(); ++index) {
            ipc::AccessRuleStatus& rule = *status.add_rules();
            fill(*rule.mutable_rule(), rules[index]);
            rule.set_packets(packets(entry, index + 1));
        }
        status.set_unmatched(packets(entry, 0));
    }
    return lists;
}

}  // namespace torii::dataplane
