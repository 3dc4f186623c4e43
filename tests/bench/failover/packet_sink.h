#pragma once

#include "tests/bench/failover/ledger.h"
#include "tests/bench/failover/packet_format.h"
#include "tests/bench/failover/packet_socket.h"

#include <cstdint>
#include <vector>

namespace torii::bench {

// Receives what the device sends to the nodes. The last octets of a destination MAC are the number
// of the node, from 1.
class PacketSink {
public:
    PacketSink(PacketSocket socket, Ledger& ledger);

    [[nodiscard]] int descriptor() const { return socket_.descriptor(); }
    // Takes what has come.
    void receive();
    // Packets that this tool was too slow for: a run with any is worthless.
    [[nodiscard]] std::uint64_t missed();

private:
    [[nodiscard]] bool receive_batch();

    static constexpr std::size_t kBatch = 64;

    PacketSocket socket_;
    Ledger& ledger_;
    std::vector<Frame> frames_;
    std::uint64_t missed_ = 0;
};

}  // namespace torii::bench
