#pragma once

#include "platform/base/prefix.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace torii::bench {

// What a contender tells the runner: a file mapped by both.
struct Page {
    std::atomic<std::uint64_t> tsc_hz;
    std::atomic<std::uint64_t> received;  // packets given to it
    std::atomic<std::uint64_t> sent;      // packets it sent
    std::atomic<std::uint64_t> sampled;   // first packets of bursts, looked at when sent
    std::atomic<std::uint64_t> correct;   // of these: TTL one less and the checksum right
};

struct Route {
    Prefix prefix;
    std::uint8_t port = 0;
};

// What the runner says in the environment: TORII_BENCH_NAME.
[[nodiscard]] std::string setting(const char* name);

// The file of routes that l3fwd takes: R10.0.0.0/8 1
[[nodiscard]] std::vector<Route> read_routes(const std::string& path);

// The MAC address that the frames are sent to.
inline constexpr std::array<std::uint8_t, 6> kRouterMac{0x02, 0, 0, 0, 0, 0xaa};

// Every packet received on the port becomes one of 65536 UDP packets to addresses behind the routes
// of the files ROUTES_V4 and ROUTES_V6, of the FAMILY (4, 6 or mixed), the SIZES (64: the least a
// frame has; imix: 7 of 64, 4 of 594, 1 of 1518, octets with the frame's checksum) and the SPREAD
// (uniform, or zipf: a million flows, the n-th most frequent 1 / n^1.1 as often as the first);
// always the same ones. As from a network card, its type and that its checksum is good are known
// (CHECKSUMS: known, or unknown).
void attach_source(std::uint16_t port);
// Counts and samples what is sent on the port, in the page of the file PAGE. IPv6's hop limit is to
// be one less (HOPS: taken, or kept).
void attach_sink(std::uint16_t port);
// Runs `run` on EAL's only other lcore.
[[nodiscard]] bool launch(void (*run)(void*), void* argument);
// From `in` to `out` as it comes: what source and sink cost, in an endless loop.
void pass_through(std::uint16_t in, std::uint16_t out);

}  // namespace torii::bench
