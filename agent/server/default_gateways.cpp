#include "agent/server/default_gateways.h"

#include <algorithm>
#include <utility>

namespace torii::agent {
namespace {

bool same_route(const netlink::Route& one, const netlink::Route& other) {
    return one.prefix == other.prefix && one.metric == other.metric &&
           one.link_index == other.link_index && one.gateway == other.gateway;
}

}  // namespace

DefaultGateways::ByFamily choose_gateways(const std::vector<netlink::Route>& routes,
                                          const std::map<std::uint32_t, netlink::Link>& links) {
    std::map<IpFamily, const netlink::Route*> best;
    for (const netlink::Route& route : routes) {
        const auto link = links.find(route.link_index);
        const bool up = link != links.end() && link->second.is_up();
        if (!up || route.gateway->is_link_local()) continue;
        const netlink::Route*& chosen = best[route.prefix.family()];
        if (chosen == nullptr || route.metric < chosen->metric) chosen = &route;
    }
    DefaultGateways::ByFamily gateways;
    for (const auto& [family, route] : best) gateways[family] = *route->gateway;
    return gateways;
}

Result<std::unique_ptr<DefaultGateways>> DefaultGateways::start(EventLoop& loop,
                                                                std::function<void()> changed) {
    std::unique_ptr<DefaultGateways> made(new DefaultGateways(std::move(changed)));
    netlink::MonitorEvents events;
    DefaultGateways* self = made.get();
    events.route = [self](const netlink::Route& route, bool removed) {
        self->note_route(route, removed);
    };
    events.routes_begin = [self] { self->forget(); };
    if (auto done = made->follow(loop, std::move(events)); !done) return unexpected(done.error());
    return made;
}

void DefaultGateways::note_route(const netlink::Route& route, bool removed) {
    if (route.prefix.length() != 0 || !route.gateway) return;
    std::erase_if(routes_, [&](const netlink::Route& known) { return same_route(known, route); });
    if (!removed) routes_.push_back(route);
    settle();
}

bool DefaultGateways::update() {
    ByFamily now = choose_gateways(routes_, links());
    if (now == gateways_) return false;
    gateways_ = std::move(now);
    return true;
}

}  // namespace torii::agent
