#include "platform/linux/netlink_socket.h"

#include "platform/linux/netlink_parse.h"

#include <libmnl/libmnl.h>

#include <cerrno>
#include <cstring>
#include <linux/neighbour.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace torii::netlink {
namespace {

// Room for the refusals of a whole row of requests, some 2 KiB each as the kernel counts.
constexpr int kReceiveQueueBytes = 4 * 1024 * 1024;

Answer explain(int error, const nlmsghdr& message, std::size_t offset) {
    Answer answer{error};
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
    if (mnl_nlmsg_get_payload_len(&message) < sizeof(nlmsgerr)) return {EBADMSG};
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

void number_messages(std::span<char> messages, std::uint32_t& sequence) {
    auto* message = reinterpret_cast<nlmsghdr*>(messages.data());
    nlmsghdr* last = nullptr;
    for (int left = static_cast<int>(messages.size()); mnl_nlmsg_ok(message, left);) {
        message->nlmsg_seq = ++sequence;
        last = message;
        message = mnl_nlmsg_next(message, &left);
    }
    if (last != nullptr) last->nlmsg_flags |= NLM_F_ACK;
}

}  // namespace

std::string Answer::text() const {
    const std::string name = std::strerror(error);
    return explanation.empty() ? name : fmt::format("{} ({})", explanation, name);
}

Socket::Socket(mnl_socket* netlink) : netlink_(netlink), buffer_(kMessageSizeMax) {}

Socket::~Socket() {
    mnl_socket_close(netlink_);
}

Result<std::unique_ptr<Socket>> Socket::open(int family) {
    mnl_socket* netlink = mnl_socket_open2(family, SOCK_CLOEXEC);
    if (netlink == nullptr) return fail("cannot open a netlink socket: {}", std::strerror(errno));
    auto socket = std::make_unique<Socket>(netlink);
    if (mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) < 0) {
        return fail("cannot bind a netlink socket: {}", std::strerror(errno));
    }
    // Explanations in answers, without the request's copy; kernels that lack them only say less.
    int on = 1;
    mnl_socket_setsockopt(netlink, NETLINK_EXT_ACK, &on, sizeof on);
    mnl_socket_setsockopt(netlink, NETLINK_CAP_ACK, &on, sizeof on);
    grow_receive_queue(mnl_socket_get_fd(netlink), kReceiveQueueBytes);
    return socket;
}

void grow_receive_queue(int descriptor, int octets) {
    // Beyond net.core.rmem_max only with CAP_NET_ADMIN.
    if (::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) < 0) {
        ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
    }
}

std::uint32_t Socket::port() const {
    return mnl_socket_get_portid(netlink_);
}

Answer Socket::change(Message& message) {
    Answer answer;
    const std::span<char> all(reinterpret_cast<char*>(&message.header()), message.size());
    const Answer whole =
        change_all(all, [&](std::size_t, const Answer& refusal) { answer = refusal; });
    return whole.error != 0 ? whole : answer;
}

Answer Socket::change_all(std::span<char> messages, const Failed& failed) {
    const std::uint32_t first = sequence_ + 1;
    number_messages(messages, sequence_);
    if (!send(messages)) return {errno};
    int lost = 0;
    while (true) {
        // After a loss the last answer may be what was lost.
        const auto more = receive(first, lost != 0 ? MSG_DONTWAIT : 0, [&](const nlmsghdr& reply) {
            if (reply.nlmsg_type != NLMSG_ERROR) return true;
            const Answer answer = parse_answer(reply);
            if (answer.error != 0) failed(reply.nlmsg_seq - first, answer);
            return reply.nlmsg_seq != sequence_;
        });
        if (more && !*more) return {lost};
        if (more) continue;
        if (lost != 0 && more.error() == EAGAIN) return {lost};
        if (more.error() != ENOBUFS) return {more.error()};
        lost = ENOBUFS;
    }
}

Result<Socket::DumpState> Socket::begin_dump(std::uint16_t type, std::string_view what) {
    Message message(type, NLM_F_DUMP);
    // All zero asks for everything, but the kernel insists on the kind's own size.
    switch (type) {
        case RTM_GETLINK: message.fixed<ifinfomsg>(); break;
        case RTM_GETADDR: message.fixed<ifaddrmsg>(); break;
        case RTM_GETNEIGH: message.fixed<ndmsg>(); break;
        case RTM_GETNEXTHOP: message.fixed<nhmsg>(); break;
        case (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_GET: message.fixed<nfgenmsg>(); break;
        default: message.fixed<rtmsg>(); break;
    }
    interrupted_ = false;
    message.header().nlmsg_seq = ++sequence_;
    if (!send({reinterpret_cast<const char*>(&message.header()), message.size()})) {
        return fail("cannot list the {}: {}", what, std::strerror(errno));
    }
    return DumpState::more;
}

Result<Socket::DumpState> Socket::read_dump(std::string_view what, const Consume& consume) {
    Answer answer;
    const auto more = receive(sequence_, 0, [&](const nlmsghdr& reply) {
        if (reply.nlmsg_type == NLMSG_ERROR) answer = parse_answer(reply);
        if (reply.nlmsg_type == NLMSG_DONE) answer = parse_end(reply);
        // NLMSG_DONE too may say that the dump was interrupted.
        interrupted_ = interrupted_ || (reply.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        consume(reply);
        return reply.nlmsg_type != NLMSG_ERROR && reply.nlmsg_type != NLMSG_DONE;
    });
    if (!more) answer = {more.error()};
    if (answer.error != 0) return fail("cannot list the {}: {}", what, answer.text());
    if (*more) return DumpState::more;
    return interrupted_ ? DumpState::interrupted : DumpState::complete;
}

tl::unexpected<Error> Socket::changes_too_fast(std::string_view what) {
    return fail("cannot list the {}: they change faster than they are read", what);
}

bool Socket::send(std::span<const char> messages) {
    return mnl_socket_sendto(netlink_, messages.data(), messages.size()) >= 0;
}

Result<bool, int> Socket::receive(std::uint32_t first, int flags,
                                  const std::function<bool(const nlmsghdr&)>& consume) {
    const ssize_t size = ::recv(mnl_socket_get_fd(netlink_), buffer_.data(), buffer_.size(), flags);
    if (size < 0 && errno == EINTR) return true;
    if (size < 0) return unexpected(errno);
    int left = static_cast<int>(size);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.data());
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
        // Answers to what was asked before are late.
        if (message->nlmsg_seq - first > sequence_ - first) continue;
        if (!consume(*message)) return false;
    }
    return true;
}

}  // namespace torii::netlink
