#include "platform/linux/netlink_request.h"

#include "platform/linux/netlink_parse.h"

#include <libmnl/libmnl.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <utility>

namespace torii::netlink {
namespace {

constexpr std::size_t kBufferSize = std::size_t{64} * 1024;
constexpr std::size_t kGroupMembersMax = 4096;
// A dump is repeated when a change cut it in two (NLM_F_DUMP_INTR).
constexpr int kDumpAttempts = 20;
constexpr std::uint16_t kAdd = NLM_F_CREATE | NLM_F_EXCL;
constexpr std::uint16_t kReplace = NLM_F_CREATE | NLM_F_REPLACE;

// One request being written.
class Message {
public:
    Message(std::uint16_t type, std::uint16_t flags)
        : buffer_(kBufferSize), header_(mnl_nlmsg_put_header(buffer_.data())) {
        header_->nlmsg_type = type;
        header_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    }

    template <class Fixed>
    Fixed& fixed() {
        return *static_cast<Fixed*>(mnl_nlmsg_put_extra_header(header_, sizeof(Fixed)));
    }
    void bytes(std::uint16_t type, Bytes payload) {
        mnl_attr_put(header_, type, payload.size(), payload.data());
    }
    void u32(std::uint16_t type, std::uint32_t value) { mnl_attr_put_u32(header_, type, value); }
    void text(std::uint16_t type, const std::string& value) {
        mnl_attr_put_strz(header_, type, value.c_str());
    }
    void flag(std::uint16_t type) { mnl_attr_put(header_, type, 0, nullptr); }
    template <class Content>
    void nest(std::uint16_t type, Content content) {
        nlattr* start = mnl_attr_nest_start(header_, type);
        content();
        mnl_attr_nest_end(header_, start);
    }

    [[nodiscard]] nlmsghdr& header() { return *header_; }

private:
    std::vector<char> buffer_;
    nlmsghdr* header_;
};

std::uint8_t to_af(IpFamily family) {
    return family == IpFamily::v4 ? AF_INET : AF_INET6;
}

// What the kernel answered: an errno and, with luck, its explanation (extended ACK).
struct Answer {
    int error = 0;
    std::string explanation;

    [[nodiscard]] std::string text() const {
        const std::string name = std::strerror(error);
        return explanation.empty() ? name : fmt::format("{} ({})", explanation, name);
    }
};

Answer explain(int error, const nlmsghdr& message, std::size_t offset) {
    Answer answer{error, {}};
    if ((message.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return answer;
    for_each_attribute(message, offset, [&](const nlattr& attribute) {
        if (mnl_attr_get_type(&attribute) == NLMSGERR_ATTR_MSG &&
            mnl_attr_validate(&attribute, MNL_TYPE_NUL_STRING) == 0) {
            answer.explanation = mnl_attr_get_str(&attribute);
        }
    });
    return answer;
}

Answer parse_answer(const nlmsghdr& message) {
    if (mnl_nlmsg_get_payload_len(&message) < sizeof(nlmsgerr)) return {EBADMSG, {}};
    const auto* error = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(&message));
    std::size_t offset = sizeof *error;
    if ((message.nlmsg_flags & NLM_F_CAPPED) == 0) offset += mnl_nlmsg_get_payload_len(&error->msg);
    return explain(-error->error, message, offset);
}

// A dump that fails under way says so in its NLMSG_DONE.
Answer parse_end(const nlmsghdr& message) {
    int error = 0;
    if (mnl_nlmsg_get_payload_len(&message) < sizeof error) return {};
    std::memcpy(&error, mnl_nlmsg_get_payload(&message), sizeof error);
    return error < 0 ? explain(-error, message, sizeof error) : Answer{};
}

}  // namespace

struct Requests::Socket {
    explicit Socket(mnl_socket* netlink) : netlink_(netlink), buffer_(kBufferSize) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { mnl_socket_close(netlink_); }

    // A change, and the kernel's answer to it.
    Answer change(Message& message) {
        message.header().nlmsg_flags |= NLM_F_ACK;
        Answer answer;
        if (!send(message)) return {errno, {}};
        while (true) {
            const auto more = receive([&](const nlmsghdr& reply) {
                if (reply.nlmsg_type == NLMSG_ERROR) answer = parse_answer(reply);
                return reply.nlmsg_type != NLMSG_ERROR;
            });
            if (!more) return {more.error(), {}};
            if (!*more) return answer;
        }
    }

    Result<void> change(Message& message, std::initializer_list<int> fine, auto what) {
        const Answer answer = change(message);
        if (answer.error == 0 || std::ranges::count(fine, answer.error) != 0) return {};
        return fail("cannot {}: {}", what(), answer.text());
    }

    template <class T>
    Result<std::vector<T>> dump(std::uint16_t type, std::string_view what,
                                std::optional<T> (*parse)(const nlmsghdr&)) {
        for (int attempt = 0; attempt < kDumpAttempts; ++attempt) {
            std::vector<T> all;
            bool interrupted = false;
            const Answer answer = dump_once(type, [&](const nlmsghdr& message) {
                interrupted = interrupted || (message.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
                if (auto one = parse(message)) all.push_back(std::move(*one));
            });
            if (answer.error != 0) return fail("cannot list the {}: {}", what, answer.text());
            if (!interrupted) return all;
        }
        return fail("cannot list the {}: they change faster than they are read", what);
    }

private:
    Answer dump_once(std::uint16_t type, auto consume) {
        Message message(type, NLM_F_DUMP);
        // All zero asks for everything, but the kernel insists on the kind's own size.
        switch (type) {
            case RTM_GETLINK: message.fixed<ifinfomsg>(); break;
            case RTM_GETADDR: message.fixed<ifaddrmsg>(); break;
            case RTM_GETNEIGH: message.fixed<ndmsg>(); break;
            case RTM_GETNEXTHOP: message.fixed<nhmsg>(); break;
            default: message.fixed<rtmsg>(); break;
        }
        Answer answer;
        if (!send(message)) return {errno, {}};
        while (true) {
            const auto more = receive([&](const nlmsghdr& reply) {
                if (reply.nlmsg_type == NLMSG_ERROR) answer = parse_answer(reply);
                if (reply.nlmsg_type == NLMSG_DONE) answer = parse_end(reply);
                // NLMSG_DONE too may say that the dump was interrupted.
                consume(reply);
                return reply.nlmsg_type != NLMSG_ERROR && reply.nlmsg_type != NLMSG_DONE;
            });
            if (!more) return {more.error(), {}};
            if (!*more) return answer;
        }
    }

    bool send(Message& message) {
        message.header().nlmsg_seq = ++sequence_;
        return mnl_socket_sendto(netlink_, &message.header(), message.header().nlmsg_len) >= 0;
    }

    // One datagram of answers to the last request. False when `consume` was told the last one;
    // an errno on failure.
    Result<bool, int> receive(auto consume) {
        const ssize_t size = mnl_socket_recvfrom(netlink_, buffer_.data(), buffer_.size());
        if (size < 0 && errno == EINTR) return true;
        if (size < 0) return unexpected(errno);
        int left = static_cast<int>(size);
        const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.data());
        for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
            if (message->nlmsg_seq == sequence_ && !consume(*message)) return false;
        }
        return true;
    }

    mnl_socket* netlink_;
    std::vector<char> buffer_;
    std::uint32_t sequence_ = 0;
};

Requests::Requests(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
Requests::~Requests() = default;

Result<std::unique_ptr<Requests>> Requests::open() {
    mnl_socket* netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (netlink == nullptr) return fail("cannot open a netlink socket: {}", std::strerror(errno));
    auto socket = std::make_unique<Socket>(netlink);
    if (mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) < 0) {
        return fail("cannot bind a netlink socket: {}", std::strerror(errno));
    }
    // Explanations in answers, without the request's copy; kernels that lack them only say less.
    int on = 1;
    mnl_socket_setsockopt(netlink, NETLINK_EXT_ACK, &on, sizeof on);
    mnl_socket_setsockopt(netlink, NETLINK_CAP_ACK, &on, sizeof on);
    return std::unique_ptr<Requests>(new Requests(std::move(socket)));
}

Result<std::vector<Link>> Requests::links() {
    return socket_->dump<Link>(RTM_GETLINK, "links", parse_link);
}

Result<std::vector<LinkAddress>> Requests::addresses() {
    return socket_->dump<LinkAddress>(RTM_GETADDR, "addresses", parse_address);
}

Result<std::vector<Route>> Requests::routes() {
    return socket_->dump<Route>(RTM_GETROUTE, "routes", parse_route);
}

Result<std::vector<Nexthop>> Requests::nexthops() {
    return socket_->dump<Nexthop>(RTM_GETNEXTHOP, "nexthop objects", parse_nexthop);
}

Result<std::vector<Neighbor>> Requests::neighbors() {
    return socket_->dump<Neighbor>(RTM_GETNEIGH, "neighbors", parse_neighbor);
}

Result<Link> Requests::link(const std::string& name) {
    const auto all = links();
    if (!all) return unexpected(all.error());
    const auto found = std::ranges::find(*all, name, &Link::name);
    if (found == all->end()) return fail("there is no link {}", name);
    return *found;
}

Result<void> Requests::create_dummy(const std::string& name) {
    Message message(RTM_NEWLINK, kAdd);
    message.fixed<ifinfomsg>();
    message.text(IFLA_IFNAME, name);
    message.nest(IFLA_LINKINFO, [&] { message.text(IFLA_INFO_KIND, "dummy"); });
    return socket_->change(message, {}, [&] { return "create the dummy device " + name; });
}

Result<void> Requests::create_veth(const std::string& name, const std::string& peer) {
    Message message(RTM_NEWLINK, kAdd);
    message.fixed<ifinfomsg>();
    message.text(IFLA_IFNAME, name);
    message.nest(IFLA_LINKINFO, [&] {
        message.text(IFLA_INFO_KIND, "veth");
        message.nest(IFLA_INFO_DATA, [&] {
            message.nest(VETH_INFO_PEER, [&] {
                message.fixed<ifinfomsg>();
                message.text(IFLA_IFNAME, peer);
            });
        });
    });
    return socket_->change(message, {},
                           [&] { return fmt::format("create the veth pair {}, {}", name, peer); });
}

Result<void> Requests::delete_link(std::uint32_t index) {
    Message message(RTM_DELLINK, 0);
    message.fixed<ifinfomsg>().ifi_index = static_cast<int>(index);
    return socket_->change(message, {ENODEV}, [&] { return fmt::format("delete link {}", index); });
}

Result<void> Requests::set_link_up(std::uint32_t index, bool up) {
    Message message(RTM_NEWLINK, 0);
    auto& fixed = message.fixed<ifinfomsg>();
    fixed.ifi_index = static_cast<int>(index);
    fixed.ifi_flags = up ? static_cast<unsigned>(IFF_UP) : 0U;
    fixed.ifi_change = IFF_UP;
    return socket_->change(
        message, {}, [&] { return fmt::format("set link {} {}", index, up ? "up" : "down"); });
}

Result<void> Requests::set_link_mtu(std::uint32_t index, std::uint32_t mtu) {
    Message message(RTM_NEWLINK, 0);
    message.fixed<ifinfomsg>().ifi_index = static_cast<int>(index);
    message.u32(IFLA_MTU, mtu);
    return socket_->change(message, {},
                           [&] { return fmt::format("set the MTU of link {} to {}", index, mtu); });
}

Result<void> Requests::set_link_mac(std::uint32_t index, const MacAddress& mac) {
    Message message(RTM_NEWLINK, 0);
    message.fixed<ifinfomsg>().ifi_index = static_cast<int>(index);
    message.bytes(IFLA_ADDRESS, mac.octets);
    return socket_->change(message, {}, [&] {
        return fmt::format("give link {} the MAC {}", index, mac.to_string());
    });
}

namespace {

void put_address(Message& message, const LinkAddress& address) {
    auto& fixed = message.fixed<ifaddrmsg>();
    fixed.ifa_family = to_af(address.address.address.family());
    fixed.ifa_prefixlen = address.address.length;
    fixed.ifa_index = address.link_index;
    message.bytes(IFA_LOCAL, address.address.address.bytes());
    message.bytes(IFA_ADDRESS, address.address.address.bytes());
}

void put_group(Message& message, const std::vector<NexthopMember>& group) {
    std::vector<nexthop_grp> members;
    for (const NexthopMember& member : group) {
        nexthop_grp entry{};
        entry.id = member.id;
        entry.weight = static_cast<std::uint8_t>(std::clamp<int>(member.weight, 1, 256) - 1);
        members.push_back(entry);
    }
    message.bytes(NHA_GROUP, {reinterpret_cast<const std::uint8_t*>(members.data()),
                              members.size() * sizeof(nexthop_grp)});
}

void put_route(Message& message, const Route& route) {
    auto& fixed = message.fixed<rtmsg>();
    fixed.rtm_family = to_af(route.prefix.family());
    fixed.rtm_dst_len = route.prefix.length();
    fixed.rtm_table = RT_TABLE_MAIN;
    fixed.rtm_protocol = route.protocol;
    fixed.rtm_type = RTN_UNICAST;
    message.bytes(RTA_DST, route.prefix.address().bytes());
    if (route.metric != 0) message.u32(RTA_PRIORITY, route.metric);
}

void put_gateway(Message& message, const Prefix& prefix, const IpAddress& gateway) {
    if (gateway.family() == prefix.family()) return message.bytes(RTA_GATEWAY, gateway.bytes());
    std::vector<std::uint8_t> via(sizeof(rtvia::rtvia_family));
    const std::uint16_t family = to_af(gateway.family());
    std::memcpy(via.data(), &family, sizeof family);
    via.insert(via.end(), gateway.bytes().begin(), gateway.bytes().end());
    message.bytes(RTA_VIA, via);
}

}  // namespace

Result<void> Requests::add_address(const LinkAddress& address) {
    Message message(RTM_NEWADDR, kAdd);
    put_address(message, address);
    return socket_->change(message, {EEXIST}, [&] {
        return fmt::format("add {} to link {}", address.address.to_string(), address.link_index);
    });
}

Result<void> Requests::delete_address(const LinkAddress& address) {
    Message message(RTM_DELADDR, 0);
    put_address(message, address);
    return socket_->change(message, {EADDRNOTAVAIL, ENODEV}, [&] {
        return fmt::format("delete {} from link {}", address.address.to_string(),
                           address.link_index);
    });
}

Result<void> Requests::replace_nexthop(const Nexthop& nexthop) {
    if (nexthop.group.size() > kGroupMembersMax) {
        return fail("cannot add nexthop group {}: {} members, at most {} are possible", nexthop.id,
                    nexthop.group.size(), kGroupMembersMax);
    }
    Message message(RTM_NEWNEXTHOP, kReplace);
    auto& fixed = message.fixed<nhmsg>();
    fixed.nh_protocol = nexthop.protocol;
    message.u32(NHA_ID, nexthop.id);
    if (!nexthop.group.empty()) {
        fixed.nh_family = AF_UNSPEC;
        put_group(message, nexthop.group);
    } else {
        fixed.nh_family = to_af(nexthop.gateway ? nexthop.gateway->family() : nexthop.family);
        if (nexthop.blackhole) {
            message.flag(NHA_BLACKHOLE);
        } else {
            message.u32(NHA_OIF, nexthop.link_index);
        }
        if (nexthop.gateway) message.bytes(NHA_GATEWAY, nexthop.gateway->bytes());
    }
    return socket_->change(message, {}, [&] {
        return fmt::format("add nexthop {} {}", nexthop.group.empty() ? "object" : "group",
                           nexthop.id);
    });
}

Result<void> Requests::delete_nexthop(std::uint32_t id) {
    Message message(RTM_DELNEXTHOP, 0);
    message.fixed<nhmsg>();
    message.u32(NHA_ID, id);
    return socket_->change(message, {ENOENT},
                           [&] { return fmt::format("delete nexthop object {}", id); });
}

Result<void> Requests::replace_route(const Route& route) {
    Message message(RTM_NEWROUTE, kReplace);
    put_route(message, route);
    if (route.nexthop_id != 0) {
        message.u32(RTA_NH_ID, route.nexthop_id);
    } else {
        if (route.link_index != 0) message.u32(RTA_OIF, route.link_index);
        if (route.gateway) put_gateway(message, route.prefix, *route.gateway);
    }
    return socket_->change(message, {}, [&] {
        return fmt::format("add the route {} through nexthop object {}", route.prefix,
                           route.nexthop_id);
    });
}

Result<void> Requests::delete_route(const Route& route) {
    Message message(RTM_DELROUTE, 0);
    put_route(message, route);
    return socket_->change(message, {ESRCH},
                           [&] { return fmt::format("delete the route {}", route.prefix); });
}

namespace {

void put_neighbor(Message& message, std::uint32_t link_index, const IpAddress& address,
                  std::uint8_t flags) {
    auto& fixed = message.fixed<ndmsg>();
    fixed.ndm_family = to_af(address.family());
    fixed.ndm_ifindex = static_cast<int>(link_index);
    fixed.ndm_state = NUD_NONE;
    fixed.ndm_flags = flags;
    message.bytes(NDA_DST, address.bytes());
}

}  // namespace

Result<void> Requests::probe_neighbor(std::uint32_t link_index, const IpAddress& address) {
    Message message(RTM_NEWNEIGH, kReplace);
    put_neighbor(message, link_index, address, NTF_USE);
    return socket_->change(
        message, {}, [&] { return fmt::format("resolve {} on link {}", address, link_index); });
}

Result<void> Requests::delete_neighbor(std::uint32_t link_index, const IpAddress& address) {
    Message message(RTM_DELNEIGH, 0);
    put_neighbor(message, link_index, address, 0);
    return socket_->change(message, {ENOENT}, [&] {
        return fmt::format("forget the neighbor {} on link {}", address, link_index);
    });
}

}  // namespace torii::netlink
