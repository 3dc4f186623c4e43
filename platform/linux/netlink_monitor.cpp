#include "platform/linux/netlink_monitor.h"

#include "platform/base/log.h"
#include "platform/linux/netlink_parse.h"
#include "platform/linux/netlink_request.h"

#include <libmnl/libmnl.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unordered_set>
#include <utility>
#include <vector>

namespace torii::netlink {
namespace {

constexpr Log kLog("netlink");
constexpr std::size_t kBufferSize = std::size_t{64} * 1024;
// Room for the events of a burst: some ten thousand route changes.
constexpr int kReceiveQueueBytes = 8 * 1024 * 1024;
// Then the loop's other users get their turn.
constexpr int kReadsPerTurn = 64;
constexpr auto kDumpRetry = std::chrono::seconds(1);
// The kernel announces a link's end before it has deleted what goes with it, and links often go
// together.
constexpr auto kLinkLossDelay = std::chrono::milliseconds(20);

class SocketMonitor final : public Monitor {
public:
    SocketMonitor(EventLoop& loop, MonitorEvents events, mnl_socket* netlink,
                  std::unique_ptr<Requests> requests)
        : loop_(loop),
          events_(std::move(events)),
          netlink_(netlink),
          requests_(std::move(requests)),
          buffer_(kBufferSize) {}
    ~SocketMonitor() override {
        watch_.reset();
        mnl_socket_close(netlink_);
    }

    Result<void> subscribe() {
        if (mnl_socket_bind(netlink_, 0, MNL_SOCKET_AUTOPID) < 0) {
            return fail("cannot bind a netlink socket: {}", std::strerror(errno));
        }
        const int descriptor = mnl_socket_get_fd(netlink_);
        // Beyond net.core.rmem_max only with CAP_NET_ADMIN.
        if (::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveQueueBytes,
                         sizeof kReceiveQueueBytes) < 0) {
            ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &kReceiveQueueBytes,
                         sizeof kReceiveQueueBytes);
        }
        std::vector<int> groups;
        if (events_.link || loses_silently()) groups.push_back(RTNLGRP_LINK);
        if (events_.address) {
            groups.insert(groups.end(), {RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR});
        }
        if (events_.neighbor) groups.push_back(RTNLGRP_NEIGH);
        if (events_.nexthop) groups.push_back(RTNLGRP_NEXTHOP);
        if (events_.route) {
            groups.insert(groups.end(), {RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE});
        }
        for (int group : groups) {
            if (mnl_socket_setsockopt(netlink_, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0) {
                return fail("cannot subscribe to netlink group {}: {}", group,
                            std::strerror(errno));
            }
        }
        // Events wait in the socket until the first dump is through.
        dump_timer_ = loop_.after(Duration::zero(), [this] {
            dump();
            watch_ = loop_.watch_readable(mnl_socket_get_fd(netlink_), [this] { read(); });
        });
        return {};
    }

private:
    // Whether kinds are asked for of which the kernel deletes some without a word.
    [[nodiscard]] bool loses_silently() const { return events_.nexthop || events_.route; }

    void read() {
        for (int count = 0; count < kReadsPerTurn; ++count) {
            const ssize_t size = receive();
            if (size < 0 && errno == ENOBUFS) return resync();
            if (size < 0) return;
            int left = static_cast<int>(size);
            const auto* message = reinterpret_cast<const nlmsghdr*>(buffer_.data());
            for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
                dispatch(*message);
            }
        }
    }

    ssize_t receive() {
        return ::recv(mnl_socket_get_fd(netlink_), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    }

    void resync() {
        kLog.warning("the kernel dropped netlink events: reading everything anew");
        dump_anew();
    }

    // What still waits in the socket is older than the dump.
    void dump_anew() {
        while (receive() >= 0 || errno == ENOBUFS) {
        }
        dump();
    }

    void dump() {
        if (events_.dump_begin) events_.dump_begin();
        const bool complete = tell_links() && tell(events_.address, &Requests::addresses) &&
                              tell(events_.neighbor, &Requests::neighbors) &&
                              tell(events_.nexthop, &Requests::nexthops) &&
                              tell(events_.route, &Requests::routes);
        if (!complete) {
            dump_timer_ = loop_.after(kDumpRetry, [this] { dump(); });
            return;
        }
        if (events_.dump_done) events_.dump_done();
    }

    bool tell_links() {
        usable_links_.clear();
        return tell<Link>([this](const Link& link, bool removed) { observe(link, removed); },
                          &Requests::links);
    }

    // With a link that goes down or loses carrier go nexthop objects and routes, without events.
    void observe(const Link& link, bool removed) {
        if (events_.link) events_.link(link, removed);
        if (!removed && link.admin_up && link.carrier) {
            usable_links_.insert(link.index);
        } else if (usable_links_.erase(link.index) != 0 && loses_silently()) {
            dump_timer_ = loop_.after(kLinkLossDelay, [this] { dump_anew(); });
        }
    }

    template <class T>
    bool tell(const std::function<void(const T&, bool)>& callback,
              Result<std::vector<T>> (Requests::*list)()) {
        if (!callback) return true;
        const auto all = (*requests_.*list)();
        if (!all) {
            kLog.error("{}", all.error().message);
            return false;
        }
        for (const T& one : *all) callback(one, false);
        return true;
    }

    void dispatch(const nlmsghdr& message) {
        switch (message.nlmsg_type) {
            case RTM_NEWLINK:
            case RTM_DELLINK:
                if (const auto link = parse_link(message)) {
                    observe(*link, message.nlmsg_type == RTM_DELLINK);
                }
                return;
            case RTM_NEWADDR:
            case RTM_DELADDR:
                return dispatch(events_.address, parse_address(message),
                                message.nlmsg_type == RTM_DELADDR);
            case RTM_NEWNEIGH:
            case RTM_DELNEIGH:
                return dispatch(events_.neighbor, parse_neighbor(message),
                                message.nlmsg_type == RTM_DELNEIGH);
            case RTM_NEWNEXTHOP:
            case RTM_DELNEXTHOP:
                return dispatch(events_.nexthop, parse_nexthop(message),
                                message.nlmsg_type == RTM_DELNEXTHOP);
            case RTM_NEWROUTE:
            case RTM_DELROUTE:
                return dispatch(events_.route, parse_route(message),
                                message.nlmsg_type == RTM_DELROUTE);
            default: return;
        }
    }

    template <class T>
    static void dispatch(const std::function<void(const T&, bool)>& callback,
                         const std::optional<T>& parsed, bool removed) {
        if (callback && parsed) callback(*parsed, removed);
    }

    EventLoop& loop_;
    MonitorEvents events_;
    mnl_socket* netlink_;
    std::unique_ptr<Requests> requests_;
    std::vector<char> buffer_;
    std::unordered_set<std::uint32_t> usable_links_;  // up and with carrier
    Timer watch_;
    Timer dump_timer_;
};

}  // namespace

Result<std::unique_ptr<Monitor>> Monitor::start(EventLoop& loop, MonitorEvents events) {
    auto requests = Requests::open();
    if (!requests) return unexpected(requests.error());
    mnl_socket* netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (netlink == nullptr) return fail("cannot open a netlink socket: {}", std::strerror(errno));
    auto monitor =
        std::make_unique<SocketMonitor>(loop, std::move(events), netlink, std::move(*requests));
    const auto subscribed = monitor->subscribe();
    if (!subscribed) return unexpected(subscribed.error());
    return monitor;
}

}  // namespace torii::netlink
