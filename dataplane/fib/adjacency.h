#pragma once

#include "dataplane/packet/ethernet.h"
#include "dataplane/packet/packet.h"
#include "platform/base/ip_address.h"
#include "platform/base/mac_address.h"

#include <atomic>
#include <cstdint>
#include <cstring>

namespace torii::fib {

// How to reach one neighbor on a link: the MAC addresses to write and the MTU to keep. The writer
// changes it in place. Readers see a whole MAC address of the neighbor, old or new; of ours, too,
// for it only changes while no frame may be sent here (set_link()).
class alignas(64) Adjacency {
public:
    Adjacency(PortId port, const IpAddress& address) : port_(port), address_(address) {}

    [[nodiscard]] PortId port() const { return port_; }
    [[nodiscard]] const IpAddress& address() const { return address_; }

    // Reader.

    // Of our port; 0: there is no such port.
    [[nodiscard]] std::uint16_t mtu() const { return mtu_.load(std::memory_order_acquire); }
    // Whether the neighbor's MAC address is known.
    [[nodiscard]] bool resolved() const { return resolved_.load(std::memory_order_acquire); }
    // The MAC addresses of a frame that goes there: needs both of the above.
    void write_addresses(std::uint8_t* frame) const {
        const std::uint64_t first = first_.load(std::memory_order_relaxed);
        const std::uint32_t rest = rest_.load(std::memory_order_relaxed);
        std::memcpy(frame, &first, sizeof(first));
        std::memcpy(frame + sizeof(first), &rest, sizeof(rest));
    }
    // The same where all of it holds: both are known and `length` octets are not too many. False:
    // nothing is written.
    [[nodiscard]] bool try_write_addresses(std::uint8_t* frame, std::uint32_t length) const {
        if (length > longest_.load(std::memory_order_acquire)) [[unlikely]] {
            return false;
        }
        write_addresses(frame);
        return true;
    }

    // Writer.

    void set_neighbor(const MacAddress& mac) {
        std::uint64_t first = first_.load(std::memory_order_relaxed);
        std::memcpy(&first, mac.octets.data(), mac.octets.size());
        first_.store(first, std::memory_order_relaxed);
        set_resolved(true);
    }
    // What is being sent there may still be addressed as before.
    void set_incomplete() { set_resolved(false); }
    // Another MAC address than before only after forget_link(), and when all readers have moved on.
    void set_link(const MacAddress& mac, std::uint16_t mtu) {
        std::uint64_t first = first_.load(std::memory_order_relaxed);
        std::uint32_t rest = 0;
        std::memcpy(reinterpret_cast<std::uint8_t*>(&first) + mac.octets.size(), mac.octets.data(),
                    2);
        std::memcpy(&rest, mac.octets.data() + 2, sizeof(rest));
        first_.store(first, std::memory_order_relaxed);
        rest_.store(rest, std::memory_order_relaxed);
        set_mtu(mtu);
    }
    void forget_link() { set_mtu(0); }

    // Of the neighbor; all zeros: not known.
    [[nodiscard]] MacAddress mac() const {
        MacAddress mac;
        const std::uint64_t first = first_.load(std::memory_order_relaxed);
        if (resolved()) std::memcpy(mac.octets.data(), &first, mac.octets.size());
        return mac;
    }

private:
    void set_resolved(bool resolved) {
        resolved_.store(resolved, std::memory_order_release);
        set_longest();
    }
    void set_mtu(std::uint16_t mtu) {
        mtu_.store(mtu, std::memory_order_release);
        set_longest();
    }
    void set_longest() {
        const std::uint32_t mtu = this->mtu();
        longest_.store(mtu != 0 && resolved() ? mtu + packet::kEthernetSize : 0,
                       std::memory_order_release);
    }

    // As the frame begins: the neighbor's MAC address and two octets of ours; the other four.
    std::atomic<std::uint64_t> first_{0};
    std::atomic<std::uint32_t> rest_{0};
    std::atomic<std::uint32_t> longest_{0};  // octets of a frame that can be sent
    std::atomic<std::uint16_t> mtu_{0};
    std::atomic<bool> resolved_{false};
    PortId port_;
    IpAddress address_;
};

// Of those that have no neighbor of their own: leads nowhere.
inline const Adjacency kNowhere{kNoPort, IpAddress{}};

}  // namespace torii::fib
