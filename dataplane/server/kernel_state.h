#pragma once

#include "platform/linux/netlink_monitor.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace torii::dataplane {

// What the kernel has told about this namespace's links, addresses and neighbors.
class KernelState {
public:
    struct Events {
        std::function<void(const netlink::Link&, bool removed)> link;
        std::function<void(std::uint32_t link_index)> addresses;
        std::function<void(const netlink::Neighbor&, bool removed)> neighbor;
    };

    explicit KernelState(Events events) : events_(std::move(events)) {}
    KernelState(const KernelState&) = delete;
    KernelState& operator=(const KernelState&) = delete;

    // To be given to netlink::Monitor, which must not outlive this object.
    [[nodiscard]] netlink::MonitorEvents feed();

    [[nodiscard]] const netlink::Link* link(const std::string& name) const;
    [[nodiscard]] std::vector<InterfaceAddress> addresses(std::uint32_t link_index) const;
    [[nodiscard]] std::vector<netlink::Neighbor> neighbors(std::uint32_t link_index) const;
    // Null when the kernel has no entry.
    [[nodiscard]] const netlink::Neighbor* neighbor(std::uint32_t link_index,
                                                    const IpAddress& address) const;

private:
    template <class T>
    struct Known {
        T value;
        std::uint64_t dump = 0;  // when it was last told
    };

    void on_link(const netlink::Link& link, bool removed);
    void on_address(const netlink::LinkAddress& address, bool removed);
    void on_neighbor(const netlink::Neighbor& neighbor, bool removed);
    void forget_untold();

    Events events_;
    std::uint64_t dump_ = 0;
    std::map<std::uint32_t, Known<netlink::Link>> links_;
    std::map<netlink::LinkAddress, std::uint64_t> addresses_;  // and the dump
    std::map<std::pair<std::uint32_t, IpAddress>, Known<netlink::Neighbor>> neighbors_;
};

}  // namespace torii::dataplane
