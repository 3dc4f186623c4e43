#include "platform/linux/conntrack.h"

#include "platform/linux/netlink_parse.h"
#include "platform/linux/netlink_socket.h"

#include <fmt/format.h>
#include <libmnl/libmnl.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <map>
#include <optional>
#include <sys/socket.h>

namespace torii::netlink {
namespace {

constexpr std::uint16_t message_type(int message) {
    return static_cast<std::uint16_t>((NFNL_SUBSYS_CTNETLINK << 8) | message);
}

using Nested = std::map<int, const nlattr*>;

Nested nested(const nlattr* attribute) {
    Nested found;
    if (attribute == nullptr) return found;
    const auto* begin = static_cast<const char*>(mnl_attr_get_payload(attribute));
    const char* end = begin + mnl_attr_get_payload_len(attribute);
    const auto* one = reinterpret_cast<const nlattr*>(begin);
    while (mnl_attr_ok(one, static_cast<int>(end - reinterpret_cast<const char*>(one)))) {
        found[mnl_attr_get_type(one)] = one;
        one = mnl_attr_next(one);
    }
    return found;
}

const nlattr* get(const Nested& attributes, int type) {
    const auto found = attributes.find(type);
    return found == attributes.end() ? nullptr : found->second;
}

std::optional<IpAddress> address(const Nested& attributes, int v4, int v6) {
    const nlattr* found = get(attributes, v4);
    if (found == nullptr) found = get(attributes, v6);
    if (found == nullptr) return std::nullopt;
    const auto parsed =
        IpAddress::from_bytes({static_cast<const std::uint8_t*>(mnl_attr_get_payload(found)),
                               mnl_attr_get_payload_len(found)});
    return parsed ? std::optional{*parsed} : std::nullopt;
}

std::optional<std::uint16_t> port(const Nested& attributes, int type) {
    const nlattr* found = get(attributes, type);
    if (found == nullptr || mnl_attr_get_payload_len(found) < 2) return std::nullopt;
    const auto* octets = static_cast<const std::uint8_t*>(mnl_attr_get_payload(found));
    return static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
}

// One direction.
struct Tuple {
    std::uint8_t protocol = 0;
    IpAddress source;
    IpAddress destination;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
};

std::optional<Tuple> parse_tuple(const nlattr* attribute) {
    const Nested parts = nested(attribute);
    const Nested addresses = nested(get(parts, CTA_TUPLE_IP));
    const Nested protocol = nested(get(parts, CTA_TUPLE_PROTO));
    const auto source = address(addresses, CTA_IP_V4_SRC, CTA_IP_V6_SRC);
    const auto destination = address(addresses, CTA_IP_V4_DST, CTA_IP_V6_DST);
    const auto source_port = port(protocol, CTA_PROTO_SRC_PORT);
    const auto destination_port = port(protocol, CTA_PROTO_DST_PORT);
    const nlattr* number = get(protocol, CTA_PROTO_NUM);
    if (!source || !destination || !source_port || !destination_port || number == nullptr) {
        return std::nullopt;
    }
    return Tuple{mnl_attr_get_u8(number), *source, *destination, *source_port, *destination_port};
}

std::optional<Flow> parse_flow(const nlmsghdr& message) {
    if (message.nlmsg_type != message_type(IPCTNL_MSG_CT_NEW)) return std::nullopt;
    std::optional<Tuple> first;
    std::optional<Tuple> answers;
    for_each_attribute(message, sizeof(nfgenmsg), [&](const nlattr& attribute) {
        const int type = mnl_attr_get_type(&attribute);
        if (type == CTA_TUPLE_ORIG) first = parse_tuple(&attribute);
        if (type == CTA_TUPLE_REPLY) answers = parse_tuple(&attribute);
    });
    if (!first || !answers) return std::nullopt;
    return Flow{first->protocol,         first->source,   first->source_port,  first->destination,
                first->destination_port, answers->source, answers->source_port};
}

void put_port(Message& message, std::uint16_t type, std::uint16_t port) {
    const std::array octets{static_cast<std::uint8_t>(port >> 8),
                            static_cast<std::uint8_t>(port & 0xFF)};
    message.bytes(type, octets);
}

}  // namespace

Conntrack::Conntrack(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
Conntrack::~Conntrack() = default;

Result<std::unique_ptr<Conntrack>> Conntrack::open() {
    auto socket = Socket::open(NETLINK_NETFILTER);
    if (!socket) return unexpected(socket.error());
    return std::unique_ptr<Conntrack>(new Conntrack(std::move(*socket)));
}

Result<std::vector<Flow>> Conntrack::flows(std::uint8_t protocol) {
    auto all = socket_->dump<Flow>(message_type(IPCTNL_MSG_CT_GET), "connections", parse_flow);
    if (!all) return all;
    std::erase_if(*all, [protocol](const Flow& flow) { return flow.protocol != protocol; });
    return all;
}

Result<void> Conntrack::remove(const Flow& flow) {
    const bool v4 = flow.source.is_v4();
    Message message(message_type(IPCTNL_MSG_CT_DELETE), 0);
    auto& fixed = message.fixed<nfgenmsg>();
    fixed.nfgen_family = to_af(flow.source.family());
    fixed.version = NFNETLINK_V0;
    message.nest(CTA_TUPLE_ORIG, [&] {
        message.nest(CTA_TUPLE_IP, [&] {
            message.bytes(v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, flow.source.bytes());
            message.bytes(v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, flow.destination.bytes());
        });
        message.nest(CTA_TUPLE_PROTO, [&] {
            message.bytes(CTA_PROTO_NUM, std::array{flow.protocol});
            put_port(message, CTA_PROTO_SRC_PORT, flow.source_port);
            put_port(message, CTA_PROTO_DST_PORT, flow.destination_port);
        });
    });
    return socket_->change(message, {ENOENT}, [&] {
        return fmt::format("forget the connection {}:{} to {}:{}", flow.source, flow.source_port,
                           flow.destination, flow.destination_port);
    });
}

}  // namespace torii::netlink
