// Fills the kernel of this network namespace with BGP routes as the control plane does, and empties
// it again. Prints seconds and the longest turn of the event loop in milliseconds, as JSON.
#include "controlplane/routing/forwarding.h"
#include "controlplane/routing/kernel_mirror.h"
#include "controlplane/server/netlink_kernel.h"
#include "platform/linux/netlink_monitor.h"
#include "platform/runtime/event_loop.h"

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace {

using torii::Prefix;
using torii::routing::KernelMirror;

// As the control plane has it.
constexpr std::size_t kChangesPerTurn = 64;
constexpr std::uint32_t kFirstAddress = 0x10000000U;

Prefix prefix_of(std::uint32_t number) {
    constexpr std::uint8_t kLength = 24;
    return Prefix::covering(torii::IpAddress::v4(kFirstAddress + (number << 8U)), kLength);
}

torii::netlink::MonitorEvents feed(KernelMirror& mirror, bool& ready) {
    torii::netlink::MonitorEvents events;
    events.link = [&](const torii::netlink::Link& link, bool removed) {
        if (!removed && link.carrier) mirror.set_link(link.name, link.index);
    };
    events.nexthop = [&](const torii::netlink::Nexthop& nexthop, bool removed) {
        if (removed) return mirror.observe_object_removed(nexthop.id);
        mirror.observe_object(nexthop.id, torii::kernel::to_kernel_next_hop(nexthop),
                              torii::kernel::our_object(nexthop, torii::controlplane::kKernelMark));
    };
    events.route = [&](const torii::netlink::Route& route, bool removed) {
        const auto ours = torii::kernel::our_route(route, torii::controlplane::kKernelMark);
        if (!ours) return;
        if (removed) return mirror.observe_route_removed(ours->prefix);
        mirror.observe_route(*ours);
    };
    events.dump_begin = [&] { mirror.begin_dump(); };
    events.dump_done = [&] {
        mirror.end_dump();
        ready = true;
    };
    return events;
}

struct Timing {
    double seconds = 0;
    double longest_turn_ms = 0;
};

// In turns, as the control plane does: a part of the changes, then what else has happened.
Timing settle(torii::EventLoop& loop, KernelMirror& mirror, std::size_t routes) {
    using Clock = std::chrono::steady_clock;
    Timing timing;
    const auto begin = Clock::now();
    auto turn = begin;
    while (mirror.routes() != routes && !mirror.failed()) {
        mirror.flush(kChangesPerTurn);
        loop.context().restart();
        loop.context().poll();
        const auto now = Clock::now();
        const std::chrono::duration<double, std::milli> taken = now - turn;
        timing.longest_turn_ms = std::max(timing.longest_turn_ms, taken.count());
        turn = now;
    }
    timing.seconds = std::chrono::duration<double>(turn - begin).count();
    return timing;
}

int run(std::uint32_t count) {
    auto requests = torii::netlink::Requests::open();
    if (!requests) return EXIT_FAILURE;
    torii::EventLoop loop;
    torii::controlplane::NetlinkKernel kernel(std::move(*requests));
    KernelMirror mirror(kernel);
    bool ready = false;
    const auto monitor = torii::netlink::Monitor::start(loop, feed(mirror, ready), kernel.port());
    if (!monitor) return EXIT_FAILURE;
    while (!ready) loop.context().run_one();
    mirror.set_complete();

    torii::routing::ForwardingStore store;
    const auto gateway = torii::IpAddress::parse("10.99.0.2").value();
    const auto forwarding =
        store.intern({{{torii::routing::NextHopKind::gateway, gateway, "eth1"}, 1}});
    for (std::uint32_t number = 0; number < count; ++number) {
        mirror.set_route(prefix_of(number), torii::routing::Protocol::bgp, forwarding);
    }
    const Timing fill = settle(loop, mirror, count);
    for (std::uint32_t number = 0; number < count; ++number) mirror.remove_route(prefix_of(number));
    const Timing clear = settle(loop, mirror, 0);
    if (mirror.failed()) {
        fmt::print(stderr, "{}\n", mirror.last_error());
        return EXIT_FAILURE;
    }
    fmt::print(R"({{"add": {:.4f}, "remove": {:.4f}, "longest_turn_ms": {:.2f}}})"
               "\n",
               fill.seconds, clear.seconds, std::max(fill.longest_turn_ms, clear.longest_turn_ms));
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view text = argc == 2 ? argv[1] : "";
    std::uint32_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    if (count == 0) {
        fmt::print(stderr, "usage: torii_bench_kernel ROUTES\n");
        return EXIT_FAILURE;
    }
    return run(count);
}
