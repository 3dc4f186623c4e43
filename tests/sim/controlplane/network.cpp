#include "network.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

namespace torii::sim {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDelay{20};
// As long as the kernel tries to reach a silent host.
constexpr Seconds kUnreachable{60};

}  // namespace

struct Link {
    struct Side {
        speaker::ConnectionHandler* handler = nullptr;
        speaker::ConnectionInfo info;
        std::deque<std::uint8_t> outgoing;   // on its way to the other side
        std::vector<std::uint8_t> incoming;  // not yet consumed
        bool connected = false;
        bool open = true;  // somebody holds this end
        bool finishing = false;
        bool moving = false;   // a delivery of `outgoing` is due
        bool waiting = false;  // wants to hear drained()
    };
    std::array<Side, 2> sides;
};

// What a speaker holds of a link.
class End final : public speaker::Connection {
public:
    End(Network& network, std::shared_ptr<Link> link, std::size_t side)
        : network_(network), link_(std::move(link)), side_(side) {
        ++network_.open_ends_;
    }
    ~End() override {
        --network_.open_ends_;
        Link::Side& own = mine();
        own.handler = nullptr;
        own.open = false;
        if (own.finishing) return;
        own.outgoing.clear();
        hang_up(network_, link_, 1 - side_);
    }

    void start(speaker::ConnectionHandler& handler, const bgp::PeerConfig&) override {
        mine().handler = &handler;
        mine().connected = true;
        move(network_, link_, 1 - side_);
    }
    void send(speaker::SharedOctets octets) override {
        if (mine().finishing) return;
        mine().outgoing.insert(mine().outgoing.end(), octets.view().begin(), octets.view().end());
        mine().waiting = true;
        move(network_, link_, side_);
    }
    [[nodiscard]] std::size_t queued() const override {
        return link_->sides[side_].outgoing.size();
    }
    void finish() override {
        mine().handler = nullptr;
        mine().finishing = true;
        if (mine().outgoing.empty()) hang_up(network_, link_, 1 - side_);
    }
    [[nodiscard]] const speaker::ConnectionInfo& info() const override {
        return link_->sides[side_].info;
    }

    // The side hears that the connection has ended.
    static void hang_up(Network& network, const std::shared_ptr<Link>& link, std::size_t side) {
        World& world = network.world();
        const auto tell = [&network, link, side] {
            if (network.lost(*link)) return;
            auto* const handler = std::exchange(link->sides[side].handler, nullptr);
            if (handler != nullptr) handler->failed();
        };
        world.later(world.delay(kDelay), tell);
    }

    // Takes the next piece from a side to the other.
    static void move(Network& network, const std::shared_ptr<Link>& link, std::size_t from) {
        Link::Side& sender = link->sides[from];
        if (sender.moving || sender.outgoing.empty() || network.lost(*link)) return;
        if (!link->sides[1 - from].connected) return;
        sender.moving = true;
        World& world = network.world();
        world.later(world.delay(kDelay), [&network, link, from] {
            link->sides[from].moving = false;
            deliver(network, link, from);
            move(network, link, from);
        });
    }

    static void deliver(Network& network, const std::shared_ptr<Link>& link, std::size_t from) {
        if (network.lost(*link)) return;
        Link::Side& sender = link->sides[from];
        Link::Side& receiver = link->sides[1 - from];
        const std::uint64_t longest = network.world().chance(4) == 0 ? 30 : 5000;
        const std::size_t size =
            std::min<std::size_t>(sender.outgoing.size(), 1 + network.world().chance(longest));
        const auto end = sender.outgoing.begin() + static_cast<std::ptrdiff_t>(size);
        receiver.incoming.insert(receiver.incoming.end(), sender.outgoing.begin(), end);
        sender.outgoing.erase(sender.outgoing.begin(), end);
        if (receiver.handler != nullptr && !receiver.incoming.empty()) {
            const std::vector<std::uint8_t> octets = receiver.incoming;
            const std::size_t consumed = receiver.handler->received(octets);
            receiver.incoming.erase(
                receiver.incoming.begin(),
                receiver.incoming.begin() + static_cast<std::ptrdiff_t>(consumed));
        }
        if (!sender.outgoing.empty()) {
            if (sender.handler != nullptr) sender.handler->advanced();
            return;
        }
        if (sender.finishing) hang_up(network, link, 1 - from);
        if (std::exchange(sender.waiting, false) && sender.handler != nullptr) {
            sender.handler->drained();
        }
    }

private:
    Link::Side& mine() { return link_->sides[side_]; }

    Network& network_;
    std::shared_ptr<Link> link_;
    std::size_t side_;
};

bool Network::lost(const Link& link) const {
    return isolated_.contains(link.sides[0].info.local) ||
           isolated_.contains(link.sides[1].info.local);
}

void Network::cut(const IpAddress& host) {
    for (const auto& weak : links_) {
        const auto link = weak.lock();
        if (!link) continue;
        if (link->sides[0].info.local != host && link->sides[1].info.local != host) continue;
        for (std::size_t side = 0; side < 2; ++side) {
            link->sides[side].outgoing.clear();
            End::hang_up(*this, link, side);
        }
    }
    std::erase_if(links_, [](const auto& weak) { return weak.expired(); });
}

void Network::isolate(const IpAddress& host) {
    isolated_.insert(host);
}

// What was under way when it was isolated is lost: those connections are dead for good.
void Network::reconnect(const IpAddress& host) {
    isolated_.erase(host);
    cut(host);
}

Host::~Host() {
    if (port_ != 0) network_.listening_.erase({address_, port_});
}

Result<void> Host::listen(std::uint16_t port, speaker::Acceptor& acceptor) {
    if (port_ != 0) network_.listening_.erase({address_, port_});
    port_ = port;
    if (port_ != 0) network_.listening_[{address_, port_}] = &acceptor;
    return {};
}

std::unique_ptr<speaker::Connection> Host::dial(const bgp::PeerConfig& peer,
                                                speaker::ConnectionHandler& handler) {
    auto link = std::make_shared<Link>();
    network_.links_.push_back(link);
    const std::uint16_t port = network_.next_port_++;
    const auto subnet = network_.subnet();
    link->sides[0].info = {address_, port, peer.address, peer.remote_port, subnet, {}};
    link->sides[1].info = {peer.address, peer.remote_port, address_, port, subnet, {}};
    link->sides[0].handler = &handler;
    World& world = network_.world();
    world.later(world.delay(kDelay), [&network = network_, link] {
        Link::Side& dialer = link->sides[0];
        if (dialer.handler == nullptr) return;
        if (network.lost(*link)) {
            return network.world().later(kUnreachable,
                                         [&network, link] { End::hang_up(network, link, 0); });
        }
        const auto listening =
            network.listening_.find({dialer.info.remote, dialer.info.remote_port});
        if (listening == network.listening_.end() ||
            !listening->second->expects(dialer.info.local)) {
            return End::hang_up(network, link, 0);
        }
        listening->second->incoming(std::make_unique<End>(network, link, 1));
        network.world().later(network.world().delay(kDelay), [link, &network] {
            speaker::ConnectionHandler* const waiting = link->sides[0].handler;
            if (waiting == nullptr || network.lost(*link)) return;
            link->sides[0].connected = true;
            waiting->connected();
            End::move(network, link, 1);
        });
    });
    return std::make_unique<End>(network_, link, 0);
}

}  // namespace torii::sim
