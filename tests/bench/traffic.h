#pragma once

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
    std::uint32_t address = 0;  // host byte order
    std::uint8_t length = 0;
    std::uint8_t port = 0;
};

// The file of routes that l3fwd takes: R10.0.0.0/8 1
[[nodiscard]] std::vector<Route> read_routes(const std::string& path);

// The MAC address that the frames are sent to.
inline constexpr std::array<std::uint8_t, 6> kRouterMac{0x02, 0, 0, 0, 0, 0xaa};

// Every packet received on the port becomes one of 65536 flows (60-octet UDP frames) to random
// addresses behind the routes of the file in TORII_BENCH_ROUTES; always the same ones. As from a
// network card, its type and that its checksum is good are known.
void attach_source(std::uint16_t port);
// Counts and samples what is sent on the port, in the page of the file in TORII_BENCH_PAGE.
void attach_sink(std::uint16_t port);
// Runs `run` on EAL's only other lcore.
[[nodiscard]] bool launch(void (*run)(void*), void* argument);
// From `in` to `out` as it comes: what source and sink cost, in an endless loop.
void pass_through(std::uint16_t in, std::uint16_t out);

}  // namespace torii::bench
