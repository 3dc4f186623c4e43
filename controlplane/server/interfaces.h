#pragma once

#include "controlplane/server/link_operations.h"
#include "controlplane/server/settings.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace torii::controlplane {

// Gives the configured interfaces their addresses: on the TAP of a port as soon as the packet
// engine has made it, on a link of our own for a loopback. Tells what is connected. Links that are
// not configured are left alone, but for loopbacks that an earlier process made. Static neighbors
// are the kernel's permanent ones with our mark.
class Interfaces {
public:
    explicit Interfaces(LinkOperations& operations) : operations_(operations) {}

    // The whole configuration. What is no longer in it loses its addresses.
    void configure(std::vector<InterfaceSettings> settings);

    // What the kernel has: all of it after begin_dump(), then each change.
    void begin_dump();
    void observe_link(std::uint32_t index, const std::string& name, bool up, bool marked = false);
    void observe_link_removed(std::uint32_t index);
    void observe_address(std::uint32_t index, const InterfaceAddress& address);
    void observe_address_removed(std::uint32_t index, const InterfaceAddress& address);

    // True: one of ours came or went.
    bool observe_neighbor(const netlink::Neighbor& neighbor, bool removed);

    // Does what is missing. False: something failed and is to be tried again later.
    bool apply();

    // Of the configured interfaces that are up. Carrier does not matter.
    [[nodiscard]] std::map<Prefix, std::string> connected() const;
    [[nodiscard]] std::map<IpAddress, std::string> local() const;
    [[nodiscard]] std::set<std::string> up() const;

private:
    struct Link {
        std::string name;
        bool up = false;
        bool marked = false;  // a loopback of ours
        std::set<InterfaceAddress> addresses;
        std::map<IpAddress, MacAddress> neighbors;  // permanent ones of ours
    };

    // Null: the kernel has no such link.
    [[nodiscard]] const std::pair<const std::uint32_t, Link>* find(const std::string& name) const;
    bool remove_loopbacks();
    void retire(const InterfaceSettings& settings);
    bool apply(const InterfaceSettings& settings);
    bool apply_addresses(std::uint32_t index, Link& link, const InterfaceSettings& settings);
    bool apply_neighbors(std::uint32_t index, Link& link, const InterfaceSettings& settings);
    bool done(const std::string& name, const Result<void>& result);
    template <class Visit>
    void for_each_address(const Visit& visit) const;

    LinkOperations& operations_;
    std::vector<InterfaceSettings> settings_;
    bool configured_ = false;  // before, nobody knows which loopbacks are wanted
    std::map<std::uint32_t, Link> links_;
    std::map<std::string, std::string> problems_;  // last logged, by interface
};

}  // namespace torii::controlplane
