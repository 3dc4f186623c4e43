#include "agent/kube/decode_kinds.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace torii::kube {
namespace {

struct WellKnownCommunity {
    std::string_view name;
    std::uint32_t value;
};

// The registry "BGP Well-known Communities" (RFC 1997 and others), as far as the resource names it.
constexpr WellKnownCommunity kWellKnown[] = {
    {"internet", 0x00000000},
    {"planned-shut", 0xFFFF0000},
    {"accept-own", 0xFFFF0001},
    {"route-filter-translated-v4", 0xFFFF0002},
    {"route-filter-v4", 0xFFFF0003},
    {"route-filter-translated-v6", 0xFFFF0004},
    {"route-filter-v6", 0xFFFF0005},
    {"llgr-stale", 0xFFFF0006},
    {"no-llgr", 0xFFFF0007},
    {"blackhole", 0xFFFF029A},
    {"no-export", 0xFFFFFF01},
    {"no-advertise", 0xFFFFFF02},
    {"no-export-subconfed", 0xFFFFFF03},
    {"no-peer", 0xFFFFFF04},
};

constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kMax16 = std::numeric_limits<std::uint16_t>::max();

// Decimal numbers between colons; empty when it is anything else or one exceeds `maximum`.
std::vector<std::uint32_t> colon_numbers(std::string_view text, std::uint64_t maximum) {
    std::vector<std::uint32_t> numbers;
    const char* position = text.data();
    const char* const end = text.data() + text.size();
    while (true) {
        std::uint64_t number = 0;
        const auto [after, error] = std::from_chars(position, end, number);
        if (error != std::errc{} || number > maximum) return {};
        numbers.push_back(static_cast<std::uint32_t>(number));
        if (after == end) return numbers;
        if (*after != ':') return {};
        position = after + 1;
    }
}

std::optional<std::uint32_t> standard_community(const std::string& text) {
    if (text.find(':') == std::string::npos) {
        const auto whole = colon_numbers(text, kMax32);
        return whole.size() == 1 ? std::optional(whole[0]) : std::nullopt;
    }
    const auto halves = colon_numbers(text, kMax16);
    if (halves.size() != 2) return std::nullopt;
    return halves[0] << 16U | halves[1];
}

template <class Value>
void add_once(std::vector<Value>& values, const Value& value) {
    if (std::ranges::find(values, value) == values.end()) values.push_back(value);
}

void decode_standard(const Field& field, model::BgpAttributes& attributes) {
    const std::optional<std::string> text = field.text();
    if (!text) return;
    if (const auto community = standard_community(*text)) {
        return add_once(attributes.communities, *community);
    }
    field.invalid("must be a number of 32 bits or two of 16 bits with a colon between them");
}

void decode_well_known(const Field& field, model::BgpAttributes& attributes) {
    const std::optional<std::string> text = field.text();
    if (!text) return;
    const auto* known = std::ranges::find(kWellKnown, *text, &WellKnownCommunity::name);
    if (known != std::end(kWellKnown)) return add_once(attributes.communities, known->value);
    field.wrong(fmt::format("Unsupported value: \"{}\"", *text));
}

void decode_large(const Field& field, model::BgpAttributes& attributes) {
    const std::optional<std::string> text = field.text();
    if (!text) return;
    const auto numbers = colon_numbers(*text, kMax32);
    if (numbers.size() == 3) {
        return add_once(attributes.large_communities,
                        model::LargeCommunity{numbers[0], numbers[1], numbers[2]});
    }
    field.invalid("must be three numbers of 32 bits with colons between them");
}

model::BgpAttributes decode_attributes(const Field& field) {
    model::BgpAttributes attributes;
    const Field communities = field["communities"];
    for (const Field& item : communities["standard"].items()) decode_standard(item, attributes);
    for (const Field& item : communities["wellKnown"].items()) decode_well_known(item, attributes);
    for (const Field& item : communities["large"].items()) decode_large(item, attributes);
    if (const auto number =
            field["localPreference"].integer({0, static_cast<std::int64_t>(kMax32)})) {
        attributes.local_preference = static_cast<std::uint32_t>(*number);
    }
    return attributes;
}

std::optional<std::uint8_t> aggregation_length(const Field& field, std::int64_t maximum) {
    const auto length = field.integer({0, maximum});
    return length ? std::optional(static_cast<std::uint8_t>(*length)) : std::nullopt;
}

model::BgpServiceAddresses decode_service_addresses(const Field& service) {
    model::BgpServiceAddresses wanted;
    const Field addresses = service["addresses"];
    const std::vector<Field> items = addresses.required().items();
    if (addresses.present() && items.empty()) addresses.invalid("should have at least 1 items");
    for (const Field& item : items) {
        const auto name = item.one_of({"LoadBalancerIP", "ClusterIP", "ExternalIP"});
        if (name == "LoadBalancerIP") wanted.load_balancer_ip = true;
        if (name == "ClusterIP") wanted.cluster_ip = true;
        if (name == "ExternalIP") wanted.external_ip = true;
    }
    wanted.aggregation_length_v4 = aggregation_length(service["aggregationLengthIPv4"], 31);
    wanted.aggregation_length_v6 = aggregation_length(service["aggregationLengthIPv6"], 127);
    return wanted;
}

struct TypeName {
    std::string_view name;
    model::AdvertisementType type;
};

constexpr TypeName kTypes[] = {
    {"PodCIDR", model::AdvertisementType::pod_cidr},
    {"CiliumPodIPPool", model::AdvertisementType::pod_ip_pool},
    {"Service", model::AdvertisementType::service},
    {"Interface", model::AdvertisementType::interface},
};

model::BgpAdvertisementEntry decode_entry(const Field& field) {
    model::BgpAdvertisementEntry entry;
    entry.type_name = field["advertisementType"].name();
    const auto* known = std::ranges::find(kTypes, entry.type_name, &TypeName::name);
    // Other types are of a later version of the resource: they say nothing to us, and do no harm.
    if (known != std::end(kTypes)) entry.type = known->type;
    entry.selector = decode_selector(field["selector"]);
    entry.attributes = decode_attributes(field["attributes"]);
    if (entry.type == model::AdvertisementType::pod_cidr && entry.selector) {
        field["selector"].wrong(
            "Forbidden: selector field is not allowed for the 'PodCIDR' advertisementType");
    }
    const Field service = field["service"];
    if (entry.type == model::AdvertisementType::service && !service.present()) {
        service.wrong("Required value: needed by the 'Service' advertisementType");
    }
    if (service.present()) entry.service = decode_service_addresses(service);
    const Field interface = field["interface"];
    if (entry.type == model::AdvertisementType::interface && !interface.present()) {
        interface.wrong("Required value: needed by the 'Interface' advertisementType");
    }
    if (interface.present()) entry.interface = interface["name"].name();
    return entry;
}

}  // namespace

model::BgpAdvertisement decode_advertisement(const Field& root) {
    model::BgpAdvertisement advertisement;
    for (const Field& item : root["spec"]["advertisements"].required().items()) {
        advertisement.advertisements.push_back(decode_entry(item));
    }
    return advertisement;
}

}  // namespace torii::kube
