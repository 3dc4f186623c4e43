#include "agent/ipam/sharing.h"

#include <algorithm>

namespace torii::ipam {
namespace {

bool permits(const model::Service& service, const std::string& namespace_name) {
    const auto permitted =
        comma_separated(annotation(service, {"lbipam.cilium.io/sharing-cross-namespace",
                                             "io.cilium/lb-ipam-sharing-cross-namespace"}));
    return std::ranges::any_of(
        permitted, [&](const std::string& word) { return word == "*" || word == namespace_name; });
}

bool same_port(const model::ServicePort& one, const model::ServicePort& other) {
    return one.port == other.port && one.protocol == other.protocol;
}

bool have_a_port_in_common(const model::Service& one, const model::Service& other) {
    return std::ranges::any_of(one.ports, [&](const model::ServicePort& port) {
        return std::ranges::any_of(other.ports, [&](const model::ServicePort& candidate) {
            return same_port(port, candidate);
        });
    });
}

}  // namespace

std::string annotation(const model::Service& service,
                       std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        const auto found = service.metadata.annotations.find(std::string(name));
        if (found != service.metadata.annotations.end()) return found->second;
    }
    return {};
}

std::vector<std::string> comma_separated(const std::string& text) {
    std::vector<std::string> words;
    std::string word;
    for (const char character : text + ',') {
        if (character == ',') {
            if (!word.empty()) words.push_back(word);
            word.clear();
        } else if (character != ' ' && character != '\t') {
            word += character;
        }
    }
    return words;
}

std::string sharing_key(const model::Service& service) {
    return annotation(service, {"lbipam.cilium.io/sharing-key", "io.cilium/lb-ipam-sharing-key"});
}

bool may_share(const model::Service& one, const model::Service& other) {
    const std::string key = sharing_key(one);
    if (key.empty() || key != sharing_key(other)) return false;
    const std::string& here = one.metadata.namespace_name;
    const std::string& there = other.metadata.namespace_name;
    if (here != there && !(permits(one, there) && permits(other, here))) return false;
    if (have_a_port_in_common(one, other)) return false;
    if (one.external_traffic_policy != other.external_traffic_policy) return false;
    if (one.external_traffic_policy == model::TrafficPolicy::cluster) return true;
    return !one.selector.empty() && one.selector == other.selector;
}

}  // namespace torii::ipam
