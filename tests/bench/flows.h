#pragma once

#include "tests/bench/traffic.h"

#include <array>
#include <cstdint>
#include <vector>

namespace torii::bench {

// The first octets of a frame, and what a network card knows about it.
struct alignas(64) Template {
    std::array<std::uint8_t, 64> octets;
};
struct Known {
    std::uint32_t packet_type = 0;
    std::uint16_t size = 0;
};

struct Flows {
    std::vector<Template> templates;
    std::vector<Known> known;
};

inline constexpr std::size_t kFlows = 65536;
inline constexpr std::uint8_t kTtl = 64;

// As attach_source() says.
[[nodiscard]] Flows make_flows();

[[noreturn]] void give_up(const std::string& what);

}  // namespace torii::bench
