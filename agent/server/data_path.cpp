#include "agent/server/data_path.h"

#include "platform/base/log.h"
#include "platform/linux/netlink_request.h"

#include <algorithm>
#include <netinet/in.h>
#include <utility>

namespace torii::agent {
namespace {

constexpr Log kLog("datapath");
constexpr Duration kHandoverLinger = std::chrono::seconds(5);

}  // namespace

DataPath::DataPath(EventLoop& loop, DataPathOptions options)
    : loop_(loop),
      options_(std::move(options)),
      balancer_(options_.balancing, options_.table),
      health_(loop) {
    if (options_.enabled) table_ = std::make_unique<nftables::Table>();
}

Result<void> DataPath::program(const model::Snapshot& snapshot) {
    if (table_ == nullptr) return {};
    if (!table_->known()) balancer_.reset();
    const loadbalance::Ruleset fresh = balancer_.update(snapshot);
    auto added = table_->add(fresh);
    problems_ = health_.set(balancer_.health_checks(), added.has_value());
    if (!added) {
        if (!services_) services_ = balancer_.services_before();
        return added;
    }
    services_.reset();
    end_stale_flows();
    return hand_over();
}

Result<std::set<IpAddress>> DataPath::neighbors(const std::set<IpAddress>& nodes) {
    if (nodes.empty()) return nodes;
    auto requests = netlink::Requests::open();
    if (!requests) return unexpected(requests.error());
    const auto addresses = (*requests)->addresses();
    if (!addresses) return unexpected(addresses.error());
    std::vector<InterfaceAddress> own;
    for (const netlink::LinkAddress& address : *addresses) own.push_back(address.address);
    return loadbalance::neighbors(nodes, own);
}

// A node that is back in service gets its connections back only when the routers know it.
Result<void> DataPath::hand_over() {
    loadbalance::Handover wanted = balancer_.handover();
    auto near = neighbors(wanted.nodes);
    if (!near) return unexpected(near.error());
    wanted.nodes = std::move(*near);
    const loadbalance::Handover& before = handover_;
    const bool ends = !std::ranges::includes(wanted.nodes, before.nodes);
    if (ends) {
        wanted.nodes.insert(before.nodes.begin(), before.nodes.end());
        wanted.addresses.insert(before.addresses.begin(), before.addresses.end());
        handover_end_ = loop_.after(kHandoverLinger, [this] {
            handover_ = {};
            if (const auto done = hand_over(); !done) kLog.warning("{}", done.error().message);
        });
    }
    handover_ = std::move(wanted);
    return table_->set_handover(handover_);
}

void DataPath::end_stale_flows() {
    const loadbalance::UdpFrontends& changed = balancer_.changed_udp();
    if (changed.empty()) return;
    if (conntrack_ == nullptr) {
        auto opened = netlink::Conntrack::open();
        if (!opened) return kLog.warning("{}", opened.error().message);
        conntrack_ = std::move(*opened);
    }
    const auto flows = conntrack_->flows(IPPROTO_UDP);
    if (!flows) return kLog.warning("{}", flows.error().message);
    std::size_t ended = 0;
    for (const netlink::Flow& flow : *flows) {
        if (!changed.is_stale({flow.destination, flow.destination_port},
                              {flow.answers_from, flow.answers_from_port})) {
            continue;
        }
        ++ended;
        if (const auto done = conntrack_->remove(flow); !done) {
            kLog.warning("{}", done.error().message);
        }
    }
    if (ended > 0) kLog.info("ended UDP connections={} to endpoints that are gone", ended);
}

model::Snapshot DataPath::programmed(model::Snapshot snapshot) const {
    if (services_) snapshot.services = *services_;
    return snapshot;
}

void DataPath::clean_up_later(std::function<void()> failed) {
    if (table_ == nullptr) return;
    failed_ = std::move(failed);
    if (loadbalance::is_empty(leaving_)) begin_cleaning();
}

// What is no longer wanted now goes after the delay. The timer is not begun anew by what follows:
// changes may come faster than it ends, and each look at a folder is one. They have the next.
void DataPath::begin_cleaning() {
    leaving_ = table_->rest(balancer_.wanted());
    if (loadbalance::is_empty(leaving_)) return;
    cleaning_ = loop_.after(options_.withdraw_delay, [this] { clean_up(); });
}

void DataPath::clean_up() {
    const loadbalance::Ruleset gone =
        loadbalance::common(std::exchange(leaving_, {}), table_->rest(balancer_.wanted()));
    if (const auto done = table_->remove(gone); !done) {
        kLog.warning("{}", done.error().message);
        return failed_();
    }
    begin_cleaning();
}

}  // namespace torii::agent
