#pragma once

#include "dataplane/packet/packet.h"
#include "platform/base/ip_address.h"
#include "platform/base/mac_address.h"

#include <atomic>
#include <cstdint>
#include <cstring>

namespace torii::fib {

// How to reach one neighbor on a link: the Ethernet header to write and the MTU to keep. The writer
// changes it in place; each word is one store, so a reader sees a whole MAC address, old or new.
class alignas(64) Adjacency {
public:
    Adjacency(PortId port, const IpAddress& address) : port_(port), address_(address) {}

    [[nodiscard]] PortId port() const { return port_; }
    [[nodiscard]] const IpAddress& address() const { return address_; }

    // Reader: the MAC of the neighbor in the lower 48 bits, in memory order; zero = incomplete.
    [[nodiscard]] std::uint64_t neighbor_word() const {
        return neighbor_.load(std::memory_order_relaxed);
    }
    // Reader: our own MAC in the lower 48 bits, in memory order; the MTU above.
    [[nodiscard]] std::uint64_t link_word() const { return link_.load(std::memory_order_relaxed); }

    // Writer. A zero MAC makes it incomplete.
    void set_neighbor(const MacAddress& mac) { neighbor_.store(word(mac, 1), kRelease); }
    void set_incomplete() { neighbor_.store(0, kRelease); }
    void set_link(const MacAddress& mac, std::uint16_t mtu) {
        link_.store(word(mac, mtu), kRelease);
    }

    [[nodiscard]] bool resolved() const { return neighbor_word() != 0; }
    [[nodiscard]] MacAddress mac() const {
        MacAddress mac;
        const std::uint64_t word = neighbor_word();
        std::memcpy(mac.octets.data(), &word, mac.octets.size());
        return mac;
    }

private:
    static constexpr std::memory_order kRelease = std::memory_order_release;

    static std::uint64_t word(const MacAddress& mac, std::uint16_t upper) {
        std::uint64_t word = 0;
        std::memcpy(&word, mac.octets.data(), mac.octets.size());
        return word | static_cast<std::uint64_t>(upper) << 48U;
    }

    std::atomic<std::uint64_t> neighbor_{0};
    std::atomic<std::uint64_t> link_{0};
    PortId port_;
    IpAddress address_;
};

}  // namespace torii::fib
