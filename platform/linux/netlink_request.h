#pragma once

#include "platform/base/result.h"
#include "platform/linux/netlink_types.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace torii::netlink {

class Socket;

// To be added, or replaced by (prefix, metric); or to be deleted.
struct RouteChange {
    Route route;
    bool removed = false;
};

struct RouteFailure {
    std::size_t index = 0;  // of the change
    Error error;
};

// Changes and dumps of this network namespace, each answered by the kernel before it returns (tens
// of microseconds, a route among many about one). Errors carry the kernel's own text. The socket
// stays in the namespace it was opened in.
class Requests {
public:
    static Result<std::unique_ptr<Requests>> open();
    Requests(const Requests&) = delete;
    Requests& operator=(const Requests&) = delete;
    ~Requests();

    // What the kernel calls the maker of these changes: Monitor can leave out what it did.
    [[nodiscard]] std::uint32_t port() const;

    Result<std::vector<Link>> links();
    Result<std::vector<LinkAddress>> addresses();
    Result<std::vector<Route>> routes();
    Result<std::vector<Nexthop>> nexthops();
    Result<std::vector<Neighbor>> neighbors();
    // All routes again, in portions of some hundreds, so that a full table keeps nobody waiting.
    // False: these were the last. A table that changes meanwhile may be read twice. Nothing else
    // may be asked until it is through.
    Result<void> begin_routes();
    Result<bool> read_routes(const std::function<void(const Route&)>& consume);
    // An error when there is none of that name.
    Result<Link> link(const std::string& name);

    Result<void> create_dummy(const std::string& name);
    // Both ends in this namespace.
    Result<void> create_veth(const std::string& name, const std::string& peer);
    Result<void> delete_link(std::uint32_t index);  // fine when it is gone
    Result<void> set_link_up(std::uint32_t index, bool up);
    Result<void> set_link_mtu(std::uint32_t index, std::uint32_t mtu);
    Result<void> set_link_alias(std::uint32_t index, const std::string& alias);
    Result<void> set_link_mac(std::uint32_t index, const MacAddress& mac);

    Result<void> add_address(const LinkAddress& address);     // fine when it is there
    Result<void> delete_address(const LinkAddress& address);  // fine when it is gone

    // Adds or replaces by id. A group and a single object cannot replace each other.
    Result<void> replace_nexthop(const Nexthop& nexthop);
    // With it go the routes that use it. Fine when it is gone.
    Result<void> delete_nexthop(std::uint32_t id);
    // Routes point at a nexthop object, or at the link and gateway when the id is 0. Many changes
    // go to the kernel together; one that it refuses leaves the others be.
    std::vector<RouteFailure> change_routes(std::span<const RouteChange> changes);
    Result<void> replace_route(const Route& route);
    Result<void> delete_route(const Route& route);  // fine when it is gone

    // Asks the kernel to resolve (or re-check) `address` on the link now. The answer comes as a
    // neighbor event of the Monitor.
    Result<void> probe_neighbor(std::uint32_t link_index, const IpAddress& address);
    // An entry that stays, in the place of what the kernel has found out; `protocol`: whose it is.
    Result<void> set_permanent_neighbor(std::uint32_t link_index, const IpAddress& address,
                                        const MacAddress& mac, std::uint8_t protocol);
    Result<void> delete_neighbor(std::uint32_t link_index, const IpAddress& address);

private:
    explicit Requests(std::unique_ptr<Socket> socket);
    std::unique_ptr<Socket> socket_;
    int route_attempts_ = 0;
};

}  // namespace torii::netlink
