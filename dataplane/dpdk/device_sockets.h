#pragma once

#include <cstdint>
#include <vector>

namespace torii::dpdk {

// The descriptors through which this process's software ports (AF_PACKET, AF_XDP, TAP) get their
// packets. Their drivers know no receive interrupts, but the descriptors can be waited for. Sorted.
[[nodiscard]] std::vector<int> find_device_sockets();

// Packets that found the receive ring of a socket full, of which `before` were known: the kernel
// forgets those of AF_PACKET when it has told them. The drivers (22.11) do not count them.
[[nodiscard]] std::uint64_t missed_at_full_ring(int descriptor, std::uint64_t before);

}  // namespace torii::dpdk
