#pragma once

#include "controlplane/bgp/community.h"
#include "desk.h"

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

// A desk whose nodes send and take several paths of a prefix (RFC 7911).
namespace torii::sim {

// What a node has of what it was told.
class Taken {
public:
    using Name = std::tuple<std::string, std::string>;  // prefix, and the path by its community

    explicit Taken(Node& node) : node_(&node) {}

    // Reads on.
    void read() {
        for (; next_ < node_->heard.size(); ++next_) {
            const auto* update = std::get_if<bgp::Update>(&node_->heard[next_].message);
            if (update != nullptr) read(*update);
        }
    }
    void forget() {
        paths_.clear();
        ids_.clear();
        next_ = node_->heard.size();
        ended_ = false;
    }
    // Paths and identifiers.
    [[nodiscard]] std::multimap<Name, std::uint32_t> names() const {
        std::multimap<Name, std::uint32_t> names;
        for (const auto& [at, path] : paths_) {
            names.emplace(Name{at.first.to_string(), path}, at.second);
        }
        return names;
    }
    // Of one prefix, in order of identifier.
    [[nodiscard]] std::vector<std::string> of(const Prefix& route) const {
        std::vector<std::string> found;
        for (const auto& [at, path] : paths_) {
            if (at.first == route) found.push_back(path);
        }
        return found;
    }

    std::size_t idle = 0;         // announcements that told nothing
    std::size_t updates = 0;      // announcements and withdrawals
    std::size_t withdrawals = 0;  // of them
    std::vector<std::string> faults;
    [[nodiscard]] bool ended() const { return ended_; }

private:
    void read(const bgp::Update& update) {
        for (const bgp::Unreach& unreach : update.withdrawn) {
            if (unreach.family != Family::ipv4_unicast) continue;
            for (std::size_t index = 0; index < unreach.prefixes.size(); ++index) {
                ++updates;
                ++withdrawals;
                const auto id = bgp::path_id(unreach, index).value();
                if (paths_.erase({unreach.prefixes[index], id}) == 0) {
                    faults.push_back("withdrawal of what it did not have");
                }
            }
        }
        for (const bgp::Reach& reach : update.announced) {
            for (std::size_t index = 0; index < reach.prefixes.size(); ++index) {
                announced(reach.prefixes[index], bgp::path_id(reach, index).value(),
                          bgp::attributes_of(update, reach));
            }
        }
        if (update.end_of_rib == Family::ipv4_unicast) ended_ = true;
    }
    void announced(const Prefix& route, std::uint32_t id, const bgp::PathAttributes& attributes) {
        ++updates;
        const auto& name = attributes.large_communities.at(0);
        const bool several = !node_->context.add_path_receive.empty();
        if (several != (id != 0)) faults.push_back("identifier " + std::to_string(id));
        std::string path = bgp::large_community_text(name);
        const auto [known, is_new] = ids_.try_emplace({route, name.global, name.local_1}, id);
        if (several && known->second != id) faults.push_back("another identifier of " + path);
        auto& place = paths_[{route, id}];
        if (place == path) ++idle;
        place = std::move(path);
    }

    Node* node_;
    std::size_t next_ = 0;
    bool ended_ = false;
    std::map<std::pair<Prefix, std::uint32_t>, std::string> paths_;
    // Of every path while it lived; a path is a prefix, a node, and the node's identifier.
    std::map<std::tuple<Prefix, std::uint32_t, std::uint32_t>, std::uint32_t> ids_;
};

// The path that announce() below makes.
inline std::string name(const Node& node, std::uint32_t id, std::uint32_t version = 0) {
    return bgp::large_community_text({node.info.remote.v4_number(), id, version});
}

// Nodes of 10.0.0.0/24 may send several paths; those of the other subnets take the best two, all,
// or know nothing of it.
class AddPath : public Desktop {
protected:
    static speaker::SpeakerConfig add_path_config() {
        speaker::SpeakerConfig with = config();
        with.compare_router_id = true;
        const bgp::PeerConfig peer = with.dynamic_neighbors[0].peer;
        with.dynamic_neighbors = {{prefix("10.0.0.0/24"), peer, 100},
                                  {prefix("10.0.1.0/24"), peer, 100},
                                  {prefix("10.0.2.0/24"), peer, 100},
                                  {prefix("10.0.3.0/24"), peer, 100}};
        with.dynamic_neighbors[0].peer.add_path[0] = {true, bgp::AddPathConfig::kAll};
        with.dynamic_neighbors[1].peer.add_path[0] = {false, 2};
        with.dynamic_neighbors[2].peer.add_path[0] = {false, bgp::AddPathConfig::kAll};
        return with;
    }
    void establish(Node& node, bool several = true) {
        bgp::Open open = node.open(false);
        open.capabilities.route_refresh = open.capabilities.enhanced_route_refresh = true;
        if (several) {
            open.capabilities.add_path_send = {Family::ipv4_unicast};
            open.capabilities.add_path_receive = {Family::ipv4_unicast};
            node.context.add_path_receive = {Family::ipv4_unicast};
            const bool sends = prefix("10.0.0.0/24").contains(node.info.remote);
            if (sends) node.context.add_path_send = {Family::ipv4_unicast};
        }
        node.establish(desk_.acceptor(), open);
    }
    // A path of this length, which the large community {AS of the node, id, version} names.
    static void announce(Node& node, const Prefix& route, std::uint32_t id, std::size_t length,
                         std::uint32_t version = 0, std::vector<std::uint32_t> communities = {}) {
        bgp::PathAttributes attributes;
        attributes.as_path = bgp::AsPath::sequence(std::vector<bgp::Asn>(length, bgp::Asn{65001}));
        attributes.large_communities = {{node.info.remote.v4_number(), id, version}};
        attributes.communities = std::move(communities);
        node.announce(route, std::move(attributes), bgp::PathId{id});
    }
    [[nodiscard]] ipc::BgpNeighborState state(const Node& node) const {
        return core_->neighbors(node.info.remote).at(0);
    }
    [[nodiscard]] std::uint64_t sent(const Node& node) const {
        return state(node).prefixes(0).sent();
    }

    Node third_{world_, "10.0.0.4", "10.0.0.1", "10.0.0.0/24"};
    Node best_{world_, "10.0.1.2", "10.0.1.1", "10.0.1.0/24"};
    Node all_{world_, "10.0.2.2", "10.0.2.1", "10.0.2.0/24"};
    Node plain_{world_, "10.0.3.2", "10.0.3.1", "10.0.3.0/24"};
};

}  // namespace torii::sim
