#pragma once

#include "platform/base/mac_address.h"
#include "platform/base/prefix.h"
#include "platform/base/result.h"
#include "platform/linux/netlink_types.h"

#include <cstdint>
#include <string>

namespace torii::controlplane {

// The protocol of our neighbors in the kernel, as of static routes: those of others stay.
inline constexpr std::uint8_t kNeighborMark = netlink::kProtocolStatic;

// Written on loopbacks, the links of ours: whichever process made them, they are known by it.
inline constexpr char kLoopbackMark[] = "torii loopback";

// What is done to the kernel's links. Errors are the kernel's own.
class LinkOperations {
public:
    LinkOperations() = default;
    LinkOperations(const LinkOperations&) = delete;
    LinkOperations& operator=(const LinkOperations&) = delete;
    virtual ~LinkOperations() = default;

    // Makes a link that needs no port, and returns its index.
    virtual Result<std::uint32_t> create_loopback(const std::string& name) = 0;
    virtual Result<void> mark_loopback(std::uint32_t index) = 0;
    virtual Result<void> delete_link(std::uint32_t index) = 0;
    virtual Result<void> set_up(std::uint32_t index, bool up) = 0;
    virtual Result<void> add_address(std::uint32_t index, const InterfaceAddress& address) = 0;
    virtual Result<void> delete_address(std::uint32_t index, const InterfaceAddress& address) = 0;
    // A neighbor that is not asked for its MAC address, and marks it as ours.
    virtual Result<void> set_neighbor(std::uint32_t index, const IpAddress& address,
                                      const MacAddress& mac) = 0;
    virtual Result<void> delete_neighbor(std::uint32_t index, const IpAddress& address) = 0;
    // Has the kernel ask a neighbor for its MAC address.
    virtual Result<void> probe_neighbor(std::uint32_t index, const IpAddress& address) = 0;
};

}  // namespace torii::controlplane
