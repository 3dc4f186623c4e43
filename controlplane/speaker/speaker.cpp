#include "controlplane/speaker/speaker.h"

#include "controlplane/speaker/core.h"
#include "controlplane/speaker/socket_transport.h"

#include <memory>
#include <random>
#include <utility>

namespace torii::speaker {
namespace {

// RFC 4271 section 10: evenly between 0.75 and 1.
bgp::Jitter random_jitter() {
    auto engine = std::make_shared<std::mt19937>(std::random_device{}());
    return [engine] { return std::uniform_real_distribution<double>(0.75, 1.0)(*engine); };
}

}  // namespace

class Speaker::Parts {
public:
    Parts(EventLoop& loop, SpeakerEvents events, std::shared_ptr<rib::PrefixNumbers> prefixes)
        : transport(loop),
          core(loop, transport, std::move(events), random_jitter(), std::move(prefixes)) {}

    SocketTransport transport;  // outlives the connections of the core
    Core core;
};

Speaker::Speaker(EventLoop& loop, SpeakerEvents events,
                 std::shared_ptr<rib::PrefixNumbers> prefixes)
    : parts_(std::make_unique<Parts>(loop, std::move(events), std::move(prefixes))) {}

Speaker::~Speaker() = default;

Result<void> Speaker::configure(const SpeakerConfig& config) {
    return parts_->core.configure(config);
}

void Speaker::set_routes(std::vector<LocalRoute> routes) {
    parts_->core.set_routes(std::move(routes));
}

void Speaker::set_next_hop_check(std::function<bool(const IpAddress&)> reachable) {
    parts_->core.set_next_hop_check(reachable);
}

void Speaker::recheck_next_hops() {
    parts_->core.recheck_next_hops();
}

void Speaker::shutdown() {
    parts_->core.shutdown();
}

std::size_t Speaker::clear(const ClearTarget& target, ClearKind kind) {
    return parts_->core.clear(target, kind);
}

std::vector<WatchedPeer> Speaker::watched() const {
    return parts_->core.watched();
}

void Speaker::peer_failed(const IpAddress& address, bool independent) {
    parts_->core.peer_failed(address, independent);
}

ipc::BgpSummary Speaker::summary(bgp::Family family) const {
    return parts_->core.summary(family);
}

std::vector<ipc::BgpNeighborState> Speaker::neighbors(
    const std::optional<IpAddress>& address) const {
    return parts_->core.neighbors(address);
}

ipc::BgpTable Speaker::table(const TableView& view, const std::optional<Prefix>& prefix) const {
    return parts_->core.table(view, prefix);
}

ipc::BgpTable Speaker::table_head(const TableView& view) const {
    return parts_->core.table_head(view);
}

std::vector<Prefix> Speaker::prefixes(bgp::Family family) const {
    return parts_->core.prefixes(family);
}

ipc::BgpTableEntry Speaker::entry(const TableView& view, const Prefix& prefix) const {
    return parts_->core.entry(view, prefix);
}

std::optional<Prefix> Speaker::longest_match(const IpAddress& address) const {
    return parts_->core.longest_match(address);
}

RouteSource& Speaker::route_source() {
    return parts_->core;
}

std::shared_ptr<const policy::Library> Speaker::policies() const {
    return parts_->core.policies();
}

}  // namespace torii::speaker
