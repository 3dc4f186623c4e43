#pragma once

#include "platform/base/mac_address.h"
#include "tests/bench/failover/ledger.h"
#include "tests/bench/failover/packet_format.h"
#include "tests/bench/failover/packet_socket.h"

#include <cstdint>
#include <vector>

namespace torii::bench {

struct FlowSettings {
    MacAddress gateway;
    std::uint32_t source = 0;
    std::uint32_t first_destination = 0;
    std::uint32_t destinations = 1;
    std::uint32_t rate = 20000;  // packets a second
};

// Sends to one destination after the other, scattered, each time as another flow.
class PacketSource {
public:
    PacketSource(PacketSocket socket, const FlowSettings& settings, Ledger& ledger);

    void start(Nanoseconds time);
    // Sends what is due.
    void send(Nanoseconds time);
    // That the kernel did not take.
    [[nodiscard]] std::uint64_t failures() const { return failures_; }

private:
    void write(Frame& frame, std::uint64_t number) const;
    void send_batch(std::size_t count);

    static constexpr int kBatch = 64;

    PacketSocket socket_;
    FlowSettings settings_;
    Ledger& ledger_;
    std::vector<Frame> frames_;
    Nanoseconds started_ = 0;
    Nanoseconds sent_ = 0;  // packets since then
    std::uint64_t failures_ = 0;
};

}  // namespace torii::bench
