#include "agent/kube/decode_kinds.h"

#include <array>

namespace torii::kube {
namespace {

IpAddress last_address(const Prefix& prefix) {
    std::array<std::uint8_t, 16> octets = prefix.address().octets();
    const std::size_t size = prefix.address().bytes().size();
    for (std::size_t bit = prefix.length(); bit < size * 8; ++bit) {
        octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] | 0x80U >> bit % 8);
    }
    return *IpAddress::from_bytes(Bytes(octets).first(size));
}

std::optional<model::AddressBlock> decode_range(const Field& field) {
    const auto start = decode_address(field["start"].required());
    const auto stop = decode_address(field["stop"]);
    if (!start) return std::nullopt;
    // Only a start: one address.
    const model::AddressBlock block{*start, stop.value_or(*start), {}};
    if (block.first.family() == block.last.family() && block.first <= block.last) return block;
    field["stop"].invalid("must be an address of the family of start, and not before it");
    return std::nullopt;
}

std::optional<model::AddressBlock> decode_block(const Field& field) {
    if (!field["cidr"].present()) return decode_range(field);
    if (field["start"].present() || field["stop"].present()) {
        field.wrong("Invalid value: cidr and start/stop are mutually exclusive");
        return std::nullopt;
    }
    const auto cidr = decode_network(field["cidr"]);
    if (!cidr) return std::nullopt;
    return model::AddressBlock{cidr->address(), last_address(*cidr), cidr};
}

void decode_pod_cidrs(const Field& field, std::int64_t bits, model::PodIpPool& pool) {
    if (!field.present()) return;
    static_cast<void>(field["maskSize"].required().integer({1, bits}));
    const Field cidrs = field["cidrs"];
    const std::vector<Field> items = cidrs.required().items();
    if (cidrs.present() && items.empty()) cidrs.invalid("should have at least 1 items");
    for (const Field& item : items) {
        const auto prefix = decode_network(item);
        if (prefix && address_bits(prefix->family()) != bits)
            item.invalid("is of the other family");
        if (prefix) pool.cidrs.push_back(*prefix);
    }
}

}  // namespace

model::LoadBalancerIpPool decode_load_balancer_pool(const Field& root) {
    const Field spec = root["spec"];
    model::LoadBalancerIpPool pool;
    pool.service_selector = decode_selector(spec["serviceSelector"]);
    pool.allow_first_last = spec["allowFirstLastIPs"].one_of({"Yes", "No"}) != "No";
    pool.disabled = spec["disabled"].boolean().value_or(false);
    for (const Field& item : spec["blocks"].items()) {
        if (auto block = decode_block(item)) pool.blocks.push_back(*block);
    }
    return pool;
}

model::PodIpPool decode_pod_pool(const Field& root) {
    model::PodIpPool pool;
    decode_pod_cidrs(root["spec"]["ipv4"], 32, pool);
    decode_pod_cidrs(root["spec"]["ipv6"], 128, pool);
    return pool;
}

}  // namespace torii::kube
