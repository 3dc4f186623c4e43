#include "platform/bfd/service.h"

#include "platform/base/log.h"

#include <algorithm>
#include <set>

namespace torii::bfd {
namespace {

constexpr Log kLog("bfd");
// RFC 5881 section 5: what has crossed a router is not from a neighbor.
constexpr std::uint8_t kTtl = 255;
constexpr Duration kFarewellMin = std::chrono::seconds(3);

}  // namespace

Service::Service(Scheduler& scheduler, Transport& transport, bool independent, Changed changed)
    : scheduler_(scheduler),
      transport_(transport),
      independent_(independent),
      changed_(std::move(changed)),
      random_(std::random_device{}()) {
    transport.set_receiver(
        [this](const Arrival& arrival, Bytes octets) { receive(arrival, octets); });
}

void Service::configure(const std::vector<SessionConfig>& sessions) {
    std::set<Key> wanted;
    for (const SessionConfig& config : sessions) {
        const Key key{config.path.peer, config.path.multihop};
        if (!wanted.insert(key).second) continue;
        const auto known = entries_.find(key);
        if (known != entries_.end() && known->second->config.path == config.path) {
            known->second->config = config;
            known->second->session->set_parameters(config.parameters);
            continue;
        }
        if (known != entries_.end()) close(known->second);
        open(config);
    }
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        if (wanted.contains(entry->first)) {
            ++entry;
            continue;
        }
        close(entry->second);
        entry = entries_.erase(entry);
    }
}

void Service::open(const SessionConfig& config) {
    // One that still says farewell would have the peer take the new one down, again and again.
    erase_if(by_discriminator_, [&](const auto& known) {
        const Path& path = known.second->config.path;
        return path.peer == config.path.peer && path.multihop == config.path.multihop;
    });
    auto entry = std::make_shared<Entry>();
    entry->config = config;
    entry->channel = transport_.open(config.path);
    Entry& place = *entry;
    entry->session = std::make_unique<Session>(
        scheduler_, free_discriminator(), config.parameters, independent_,
        Session::Calls{
            [&place](const ControlPacket& packet) { place.channel->send(encode(packet)); },
            [this, &place] {
                const Session& session = *place.session;
                kLog.info("session peer={} state={} diagnostic=\"{}\"", place.config.path.peer,
                          text(session.state()), text(session.diagnostic()));
                changed_(status(place));
            },
            [this] { return std::uniform_real_distribution<double>(0, 1)(random_); }});
    by_discriminator_.insert_or_assign(entry->session->discriminator(), entry);
    entries_.insert_or_assign({config.path.peer, config.path.multihop}, std::move(entry));
}

// The peer is told for as long as it would wait for us (RFC 5880 section 6.8.16).
void Service::close(const EntryPtr& entry) {
    Session& session = *entry->session;
    const Duration longest =
        session.parameters().detect_multiplier *
        std::max(session.transmit_interval(), session.remote().receive_interval);
    session.close();
    entry->farewell = scheduler_.after(std::max(longest, kFarewellMin),
                                       [this, discriminator = session.discriminator()] {
                                           by_discriminator_.erase(discriminator);
                                       });
}

void Service::receive(const Arrival& arrival, Bytes octets) {
    const Result<ControlPacket> packet = decode(octets);
    if (!packet) {
        ++refused_;
        return kLog.debug("packet from={} refused=\"{}\"", arrival.source, packet.error().message);
    }
    Entry* const entry = find(arrival, *packet);
    const bool near = arrival.multihop || arrival.ttl == kTtl;
    if (entry == nullptr || !near) {
        ++refused_;
        return kLog.debug("packet from={} ttl={} refused=\"{}\"", arrival.source, arrival.ttl,
                          near ? "belongs to no session" : "has crossed a router");
    }
    entry->session->receive(*packet);
}

Service::Entry* Service::find(const Arrival& arrival, const ControlPacket& packet) const {
    if (packet.your_discriminator != 0) {
        const auto found = by_discriminator_.find(packet.your_discriminator);
        if (found == by_discriminator_.end()) return nullptr;
        const Path& path = found->second->config.path;
        const bool of_peer = path.peer == arrival.source && path.multihop == arrival.multihop;
        return of_peer ? found->second.get() : nullptr;
    }
    const auto found = entries_.find({arrival.source, arrival.multihop});
    return found == entries_.end() ? nullptr : found->second.get();
}

std::uint32_t Service::free_discriminator() {
    std::uniform_int_distribution<std::uint32_t> any(1);
    for (;;) {
        const std::uint32_t number = any(random_);
        if (!by_discriminator_.contains(number)) return number;
    }
}

SessionStatus Service::status(const Entry& entry) const {
    const Session& session = *entry.session;
    return {entry.config.path,
            session.parameters(),
            session.discriminator(),
            session.state(),
            session.diagnostic(),
            session.failed(),
            scheduler_.now() - session.since(),
            session.transmit_interval(),
            session.detection_time(),
            session.remote(),
            session.counters()};
}

std::vector<SessionStatus> Service::sessions() const {
    std::vector<SessionStatus> all;
    for (const auto& [key, entry] : entries_) all.push_back(status(*entry));
    return all;
}

}  // namespace torii::bfd
