#include "agent/kube/decode_kinds.h"

#include <utility>

namespace torii::kube {
namespace {

model::LabelRequirement decode_requirement(const Field& field) {
    model::LabelRequirement requirement;
    requirement.key = field["key"].name();
    const Field op = field["operator"];
    const std::string name =
        op.required().one_of({"In", "NotIn", "Exists", "DoesNotExist"}).value_or("Exists");
    for (const Field& value : field["values"].items()) {
        if (auto text = value.text()) requirement.values.push_back(std::move(*text));
    }
    if (name == "In") requirement.op = model::LabelOperator::in;
    if (name == "NotIn") requirement.op = model::LabelOperator::not_in;
    if (name == "DoesNotExist") requirement.op = model::LabelOperator::does_not_exist;
    const bool takes_values = name == "In" || name == "NotIn";
    if (takes_values && requirement.values.empty()) {
        field["values"].wrong(
            "Required value: must be specified when `operator` is 'In' or 'NotIn'");
    }
    if (!takes_values && !requirement.values.empty()) {
        field["values"].wrong(
            "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
    return requirement;
}

}  // namespace

std::optional<model::LabelSelector> decode_selector(const Field& field) {
    if (!field.present()) return std::nullopt;
    model::LabelSelector selector;
    for (auto& [name, value] : field["matchLabels"].strings()) {
        selector.match_labels[name] = value;
    }
    for (const Field& expression : field["matchExpressions"].items()) {
        selector.match_expressions.push_back(decode_requirement(expression));
    }
    return selector;
}

std::optional<IpAddress> decode_address(const Field& field) {
    const std::optional<std::string> text = field.text();
    if (!text) return std::nullopt;
    const Result<IpAddress> address = IpAddress::parse(*text);
    if (address) return *address;
    field.invalid("must be an IPv4 or IPv6 address");
    return std::nullopt;
}

std::optional<Prefix> decode_prefix(const Field& field) {
    const std::optional<std::string> text = field.text();
    if (!text) return std::nullopt;
    const Result<Prefix> prefix = Prefix::parse(*text);
    if (prefix) return *prefix;
    field.invalid("must be a CIDR without host bits, such as 10.9.8.0/24 or 2001:db8::/64");
    return std::nullopt;
}

std::optional<Prefix> decode_network(const Field& field) {
    const std::optional<std::string> text = field.text();
    if (!text) return std::nullopt;
    const Result<InterfaceAddress> address = InterfaceAddress::parse(*text);
    if (address) return address->network();
    field.invalid("must be a CIDR, such as 10.9.8.0/24 or 2001:db8::/64");
    return std::nullopt;
}

model::Protocol decode_protocol(const Field& field) {
    const std::string name = field.one_of({"TCP", "UDP", "SCTP"}).value_or("TCP");
    if (name == "UDP") return model::Protocol::udp;
    return name == "SCTP" ? model::Protocol::sctp : model::Protocol::tcp;
}

}  // namespace torii::kube
