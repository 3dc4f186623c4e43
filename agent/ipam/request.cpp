#include "agent/ipam/request.h"

#include "agent/ipam/sharing.h"

namespace torii::ipam {
namespace {

std::set<IpFamily> enabled(const Settings& settings) {
    std::set<IpFamily> families;
    if (settings.ipv4) families.insert(IpFamily::v4);
    if (settings.ipv6) families.insert(IpFamily::v6);
    return families;
}

// As Cilium: one family is taken as stated, enabled or not; of several only the enabled ones.
std::set<IpFamily> wanted_families(const model::Service& service, const Settings& settings) {
    const auto policy = service.ip_family_policy.value_or(model::IpFamilyPolicy::single_stack);
    const std::set<IpFamily> all = enabled(settings);
    if (policy == model::IpFamilyPolicy::require_dual_stack) return all;
    if (policy == model::IpFamilyPolicy::single_stack) {
        if (!service.ip_families.empty()) return {service.ip_families.front()};
        return all.empty() ? all : std::set{*all.begin()};
    }
    if (service.ip_families.empty()) return all;
    std::set<IpFamily> families;
    for (const IpFamily family : service.ip_families) {
        if (all.contains(family)) families.insert(family);
    }
    return families;
}

}  // namespace

Request request_of(const model::Service& service, const Settings& settings) {
    Request request;
    if (service.requested_ip) request.addresses.insert(*service.requested_ip);
    const std::string listed =
        annotation(service, {"lbipam.cilium.io/ips", "io.cilium/lb-ipam-ips"});
    for (const std::string& word : comma_separated(listed)) {
        if (const auto address = IpAddress::parse(word)) request.addresses.insert(*address);
    }
    if (request.addresses.empty()) request.families = wanted_families(service, settings);
    return request;
}

}  // namespace torii::ipam
