// Tells when a forwarding table is complete: the packet engine's, or the kernel's. See the README.

#include "platform/ipc/client.h"
#include "platform/ipc/proto/dataplane.pb.h"
#include "platform/linux/netlink_monitor.h"
#include "platform/runtime/event_loop.h"
#include "tests/bench/failover/ledger.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

namespace {

using namespace torii;

constexpr std::chrono::milliseconds kAskInterval(2);

// So many routes, each to so many gateways.
struct Wanted {
    std::uint64_t routes = 1;
    std::size_t width = 1;
};

void print(const char* what) {
    fmt::print(R"({{"{}": {:.6f}}})"
               "\n",
               what, static_cast<double>(bench::monotonic_now()) / 1e9);
    std::fflush(stdout);
}

// Routes to that many gateways whose MAC addresses are known.
std::uint64_t complete_routes(const ipc::ForwardingGroups& groups, std::size_t width) {
    std::uint64_t routes = 0;
    for (const ipc::ForwardingGroup& group : groups.groups()) {
        const auto usable = std::ranges::count_if(group.members(), [](const auto& member) {
            return member.kind() == ipc::NEXT_HOP_GATEWAY && member.resolved();
        });
        if (static_cast<std::size_t>(usable) == width) routes += group.routes();
    }
    return routes;
}

// Asks the packet engine again and again.
class EngineWatch {
public:
    EngineWatch(const std::string& path, const Wanted& wanted)
        : wanted_(wanted),
          engine_(loop_, path,
                  {[this] {
                       print("ready");
                       ask();
                   },
                   [this] { loop_.stop(); }, nullptr}) {}

    void run() {
        engine_.start();
        loop_.run();
    }

private:
    void ask() {
        ipc::DataplaneRequest request;
        request.mutable_get_groups();
        engine_.call(std::move(request), [this](const Result<ipc::DataplaneReply>& reply) {
            if (reply && complete_routes(reply->groups(), wanted_.width) >= wanted_.routes) {
                print("complete");
                return loop_.stop();
            }
            again_ = loop_.after(kAskInterval, [this] { ask(); });
        });
    }

    EventLoop loop_;
    Wanted wanted_;
    ipc::Client<ipc::DataplaneRequest, ipc::DataplaneReply> engine_;
    Timer again_;
};

// The kernel tells every change; BGP's routes through groups of nexthop objects are counted.
class KernelWatch {
public:
    explicit KernelWatch(const Wanted& wanted) : wanted_(wanted) {}

    Result<void> run() {
        netlink::MonitorEvents events;
        events.nexthop = [this](const netlink::Nexthop& nexthop, bool removed) {
            set_width(nexthop.id, removed ? 0 : nexthop.group.size());
        };
        events.route = [this](const netlink::Route& route, bool removed) {
            if (route.protocol != netlink::kProtocolBgp) return;
            set_route(route.prefix, removed ? 0 : route.nexthop_id);
        };
        events.dump_done = [] { print("ready"); };
        auto monitor = netlink::Monitor::start(loop_, std::move(events));
        if (!monitor) return unexpected(monitor.error());
        loop_.run();
        return {};
    }

private:
    struct Object {
        std::size_t width = 0;
        std::uint64_t routes = 0;
    };

    [[nodiscard]] std::uint64_t counted(const Object& object) const {
        return object.width == wanted_.width ? object.routes : 0;
    }
    void set_width(std::uint32_t id, std::size_t width) {
        Object& object = objects_[id];
        complete_ -= counted(object);
        object.width = width;
        complete_ += counted(object);
        check();
    }
    void set_route(const Prefix& prefix, std::uint32_t id) {
        std::uint32_t& place = routes_[prefix];
        for (const std::uint32_t changed : {place, id}) {
            Object& object = objects_[changed];
            complete_ -= counted(object);
            object.routes += changed == id ? 1 : std::uint64_t{0} - 1;
            complete_ += counted(object);
        }
        place = id;
        check();
    }
    void check() {
        if (complete_ < wanted_.routes || done_) return;
        done_ = true;
        print("complete");
        loop_.stop();
    }

    EventLoop loop_;
    Wanted wanted_;
    std::unordered_map<std::uint32_t, Object> objects_;
    std::map<Prefix, std::uint32_t> routes_;  // to the object they go through; 0: none
    std::uint64_t complete_ = 0;
    bool done_ = false;
};

}  // namespace

int main(int argc, char** argv) {
    Wanted wanted;
    std::string socket;
    CLI::App app("Tells on CLOCK_MONOTONIC when so many routes lead to so many gateways.");
    app.add_option("--engine", socket, "The packet engine's socket; else this namespace's kernel");
    app.add_option("--routes", wanted.routes)->required();
    app.add_option("--width", wanted.width)->required();
    CLI11_PARSE(app, argc, argv);
    if (!socket.empty()) {
        EngineWatch(socket, wanted).run();
        return 0;
    }
    if (const auto done = KernelWatch(wanted).run(); !done) {
        fmt::print(stderr, "{}\n", done.error().message);
        return 1;
    }
    return 0;
}
