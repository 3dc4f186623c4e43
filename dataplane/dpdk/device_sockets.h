#pragma once

#include <vector>

namespace torii::dpdk {

// The descriptors through which this process's software ports (AF_PACKET, AF_XDP, TAP) get their
// packets. Their drivers know no receive interrupts, but the descriptors can be waited for. Sorted.
[[nodiscard]] std::vector<int> find_device_sockets();

}  // namespace torii::dpdk
