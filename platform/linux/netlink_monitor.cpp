#include "platform/linux/netlink_monitor.h"

#include "platform/base/log.h"
#include "platform/linux/netlink_parse.h"
#include "platform/linux/netlink_request.h"
#include "platform/linux/netlink_socket.h"

#include <libmnl/libmnl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <linux/filter.h>
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
constexpr int kReadsPerTurn = 256;
// As many datagrams of a dump, of up to 32 KiB: about a millisecond.
constexpr int kDumpReadsPerTurn = 4;
// Changes of routes that are made while the routes are dumped.
constexpr std::size_t kHeldOctetsMax = std::size_t{8} * 1024 * 1024;
constexpr auto kDumpRetry = std::chrono::seconds(1);
// Between two dumps it is quiet for so many times as long as the first took: others that change
// more than the socket holds would otherwise have us dump without end.
constexpr int kRestPerDump = 4;
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

    Result<void> subscribe(std::optional<std::uint32_t> own) {
        if (mnl_socket_bind(netlink_, 0, MNL_SOCKET_AUTOPID) < 0) {
            return fail("cannot bind a netlink socket: {}", std::strerror(errno));
        }
        grow_receive_queue(mnl_socket_get_fd(netlink_), kReceiveQueueBytes);
        if (own && !leave_out_routes_of(*own)) {
            return fail("cannot filter a netlink socket: {}", std::strerror(errno));
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
        // Events wait in the socket until the first dump has begun.
        dump_timer_ = loop_.after(Duration::zero(), [this] {
            dump();
            watch_ = loop_.watch_readable(mnl_socket_get_fd(netlink_), [this] { read(); });
        });
        return {};
    }

private:
    // Whether kinds are asked for of which the kernel deletes some without a word.
    [[nodiscard]] bool loses_silently() const { return events_.nexthop || events_.route; }

    // The kernel looks at each event before it puts it into our queue.
    bool leave_out_routes_of(std::uint32_t own) {
        std::array code{
            sock_filter BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(nlmsghdr, nlmsg_type)),
            sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
            sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 3),
            sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(nlmsghdr, nlmsg_pid)),
            sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(own), 0, 1),
            sock_filter BPF_STMT(BPF_RET | BPF_K, 0),
            sock_filter BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        };
        const sock_fprog program{code.size(), code.data()};
        return ::setsockopt(mnl_socket_get_fd(netlink_), SOL_SOCKET, SO_ATTACH_FILTER, &program,
                            sizeof program) == 0;
    }

    void read() {
        for (int count = 0; count < kReadsPerTurn; ++count) {
            const ssize_t size = receive();
            if (size < 0 && errno == ENOBUFS) return resync();
            if (size < 0) return;
            dispatch_all({buffer_.data(), static_cast<std::size_t>(size)});
        }
    }

    void dispatch_all(std::span<const char> messages) {
        int left = static_cast<int>(messages.size());
        const auto* message = reinterpret_cast<const nlmsghdr*>(messages.data());
        for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
            if (reading_routes_ && concerns_routes(*message)) {
                hold(*message);
            } else {
                dispatch(*message);
            }
        }
    }

    static bool concerns_routes(const nlmsghdr& message) {
        const auto type = message.nlmsg_type;
        return type == RTM_NEWROUTE || type == RTM_DELROUTE || type == RTM_NEWNEXTHOP ||
               type == RTM_DELNEXTHOP;
    }

    // The dump may be about to tell of something that is older.
    void hold(const nlmsghdr& message) {
        const std::size_t size = MNL_ALIGN(message.nlmsg_len);
        if (held_.size() + size > kHeldOctetsMax) return resync();
        const auto* octets = reinterpret_cast<const char*>(&message);
        held_.insert(held_.end(), octets, octets + message.nlmsg_len);
        held_.resize(held_.size() + size - message.nlmsg_len);
    }

    ssize_t receive() {
        return ::recv(mnl_socket_get_fd(netlink_), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    }

    void resync() {
        if (std::exchange(overrun_, true)) return;
        kLog.warning("the kernel dropped netlink events: reading everything anew");
        dump_after(Duration::zero());
    }

    void dump_after(Duration delay) {
        due_ = std::max({due_, loop_.now() + delay, rested_});
        again_ = reading_routes_;
        if (!again_) dump_timer_ = loop_.after(due_ - loop_.now(), [this] { dump(); });
    }

    void dump() {
        begun_ = loop_.now();
        overrun_ = false;
        // What still waits in the socket is older than the dump.
        while (receive() >= 0 || errno == ENOBUFS) {
        }
        if (events_.dump_begin) events_.dump_begin();
        const bool complete = tell_links() && tell(events_.address, &Requests::addresses) &&
                              tell(events_.neighbor, &Requests::neighbors) &&
                              tell(events_.nexthop, &Requests::nexthops);
        if (!complete) return dump_after(kDumpRetry);
        if (events_.routes_begin) events_.routes_begin();
        if (!events_.route) return dump_done();
        if (const auto begun = requests_->begin_routes(); !begun) return fail_dump(begun.error());
        reading_routes_ = true;
        read_routes();
    }

    void read_routes() {
        for (int count = 0; count < kDumpReadsPerTurn; ++count) {
            const auto more =
                requests_->read_routes([this](const Route& route) { events_.route(route, false); });
            if (!more) return fail_dump(more.error());
            if (*more) continue;
            reading_routes_ = false;
            dispatch_all(std::exchange(held_, {}));
            return dump_done();
        }
        portion_ = loop_.after(Duration::zero(), [this] { read_routes(); });
    }

    void fail_dump(const Error& error) {
        kLog.error("{}", error.message);
        reading_routes_ = false;
        held_ = {};
        dump_after(kDumpRetry);
    }

    void dump_done() {
        rested_ = loop_.now() + kRestPerDump * (loop_.now() - begun_);
        if (events_.dump_done) events_.dump_done();
        if (std::exchange(again_, false)) dump_after(Duration::zero());
    }

    bool tell_links() {
        usable_links_.clear();
        return tell<Link>([this](const Link& link, bool removed) { observe(link, removed); },
                          &Requests::links);
    }

    // With a link that goes down or loses carrier go nexthop objects and routes, without events.
    void observe(const Link& link, bool removed) {
        if (events_.link) events_.link(link, removed);
        if (!removed && link.is_up()) {
            usable_links_.insert(link.index);
        } else if (usable_links_.erase(link.index) != 0 && loses_silently()) {
            dump_after(kLinkLossDelay);
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
    std::vector<char> held_;                          // events, while routes are dumped
    bool reading_routes_ = false;
    bool overrun_ = false;  // events were dropped since the last dump began
    bool again_ = false;    // another dump is due after this one
    TimePoint begun_{};     // the last dump
    TimePoint rested_{};    // there may be another
    TimePoint due_{};       // the next one
    Timer watch_;
    Timer dump_timer_;
    Timer portion_;
};

}  // namespace

Result<std::unique_ptr<Monitor>> Monitor::start(EventLoop& loop, MonitorEvents events,
                                                std::optional<std::uint32_t> own) {
    auto requests = Requests::open();
    if (!requests) return unexpected(requests.error());
    mnl_socket* netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (netlink == nullptr) return fail("cannot open a netlink socket: {}", std::strerror(errno));
    auto monitor =
        std::make_unique<SocketMonitor>(loop, std::move(events), netlink, std::move(*requests));
    const auto subscribed = monitor->subscribe(own);
    if (!subscribed) return unexpected(subscribed.error());
    return monitor;
}

}  // namespace torii::netlink
