#include "desk.h"

namespace torii::sim {
namespace {

constexpr std::size_t kFull = std::size_t{1} << 30U;

// The router's end of a connection to a node.
class Wire final : public speaker::Connection {
public:
    explicit Wire(Node& node) : node_(node) {}
    ~Wire() override { node_.handler = nullptr; }
    void start(ConnectionHandler& handler, const bgp::PeerConfig& peer) override {
        node_.handler = &handler;
        node_.ttl = peer.ttl;
    }
    void send(speaker::SharedOctets octets) override {
        Bytes rest = octets.view();
        while (!rest.empty()) {
            const Bytes frame = bgp::next_frame(rest, bgp::kMessageSizeMax).value().value();
            node_.hear(bgp::decode(frame, node_.context).value());
            rest = rest.subspan(frame.size());
        }
    }
    [[nodiscard]] std::size_t queued() const override { return node_.reads ? 0 : kFull; }
    void finish() override { node_.handler = nullptr; }
    [[nodiscard]] const ConnectionInfo& info() const override { return node_.info; }

private:
    Node& node_;
};

}  // namespace

bool Node::try_dial(speaker::Acceptor& acceptor) {
    if (!acceptor.expects(info.remote)) return false;
    acceptor.incoming(std::make_unique<Wire>(*this));
    return handler != nullptr;
}

void Node::dial(speaker::Acceptor& acceptor) {
    ASSERT_TRUE(try_dial(acceptor));
}

bgp::Open Node::open(bool restarts) const {
    bgp::Open open{bgp::Asn{65001}, Seconds{9}, bgp::RouterId{info.remote.v4_number()}, {}};
    open.capabilities.four_octet_as = open.as;
    open.capabilities.multiprotocol = true;
    open.capabilities.families = bgp::FamilySet::all();
    if (restarts) {
        open.capabilities.graceful_restart = bgp::GracefulRestartCapability{
            false, true, Seconds{15}, bgp::FamilySet::all(), bgp::FamilySet::all()};
    }
    return open;
}

void Node::establish(speaker::Acceptor& acceptor, bool restarts) {
    establish(acceptor, open(restarts));
}

void Node::establish(speaker::Acceptor& acceptor, const bgp::Open& open) {
    dial(acceptor);
    say(bgp::encode(open));
    say(bgp::encode(bgp::Keepalive{}));
}

void Node::announce(const Prefix& route, std::vector<std::uint32_t> communities) {
    bgp::PathAttributes attributes;
    attributes.as_path = bgp::AsPath::sequence({bgp::Asn{65001}});
    attributes.communities = std::move(communities);
    announce(route, std::move(attributes));
}

void Node::announce_with_path(const Prefix& route, const std::vector<bgp::Asn>& path) {
    bgp::PathAttributes attributes;
    attributes.as_path = bgp::AsPath::sequence(path);
    announce(route, std::move(attributes));
}

void Node::announce(const Prefix& route, bgp::PathAttributes attributes, bgp::PathId id) {
    attributes.next_hop = info.remote;
    bgp::UpdateBuilder builder(context);
    builder.announce(route, attributes, id);
    for (const auto& message : builder.take()) say(message);
}

void Node::withdraw(const Prefix& route, bgp::PathId id) {
    bgp::UpdateBuilder builder(context);
    builder.withdraw(route, id);
    for (const auto& message : builder.take()) say(message);
}

std::vector<Node::Heard> Node::updates() const {
    std::vector<Heard> found;
    for (const Heard& one : heard) {
        if (std::holds_alternative<bgp::Update>(one.message)) found.push_back(one);
    }
    return found;
}

std::vector<std::string> Node::told() const {
    std::vector<std::string> found;
    for (const Heard& one : updates()) {
        const auto& update = std::get<bgp::Update>(one.message);
        for (const bgp::Unreach& unreach : update.withdrawn) {
            for (const Prefix& route : unreach.prefixes) found.push_back("-" + route.to_string());
        }
        for (const bgp::Reach& reach : update.announced) {
            for (const Prefix& route : reach.prefixes) {
                found.push_back(route.to_string() + " via " + reach.next_hop.to_string());
            }
        }
        if (update.end_of_rib) {
            found.push_back(std::string("End-of-RIB ") + bgp::family_name(*update.end_of_rib));
        }
    }
    return found;
}

}  // namespace torii::sim
