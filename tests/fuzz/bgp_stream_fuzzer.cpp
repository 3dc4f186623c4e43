// The first octet chooses how far a session has gone; the others come in on its connection, cut
// into two parts.
#include "controlplane/bgp/peer.h"

#include <cstdlib>

using namespace torii;
using namespace torii::bgp;

namespace {

PeerConfig config() {
    PeerConfig result;
    result.local_as = Asn{65000};
    result.remote_as_rule = RemoteAsRule::any;
    result.families = {Family::ipv4_unicast, Family::ipv6_unicast};
    result.add_path[0] = {true, AddPathConfig::kAll};
    return result;
}

// Keeps what the peer did not consume, as a driver does.
class Stream {
public:
    Stream(Peer& peer, ConnectionIndex connection) : peer_(peer), connection_(connection) {}

    void arrive(Bytes octets) {
        pending_.insert(pending_.end(), octets.begin(), octets.end());
        std::size_t consumed = 0;
        do {
            for (const PeerAction& action :
                 peer_.receive(connection_, pending_, updates_, consumed)) {
                if (text(action).empty()) std::abort();
            }
            if (consumed > pending_.size()) std::abort();
            pending_.erase(pending_.begin(),
                           pending_.begin() + static_cast<std::ptrdiff_t>(consumed));
        } while (consumed != 0);
        if (pending_.size() >= kExtendedSizeMax) std::abort();
    }

private:
    Peer& peer_;
    ConnectionIndex connection_;
    ReceivedUpdates updates_;
    std::vector<std::uint8_t> pending_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    Peer peer(config(), LocalSpeaker{RouterId{1}});
    (void)peer.start();
    const ConnectionIndex connection = *peer.admit().connection;
    (void)peer.handle(connection, TcpConnected{});
    Stream stream(peer, connection);
    const unsigned progress = data[0] % 3U;
    Open open{Asn{65001}, Seconds{9}, RouterId{2}, {}};
    open.capabilities.multiprotocol = true;
    open.capabilities.families = FamilySet::all();
    if (progress >= 1) stream.arrive(encode(open));
    if (progress >= 2) stream.arrive(encode(Keepalive{}));
    const Bytes octets(data + 1, size - 1);
    const std::size_t first = octets.size() * (data[0] / 3U) / 86;
    stream.arrive(octets.first(first));
    stream.arrive(octets.subspan(first));
    return 0;
}
