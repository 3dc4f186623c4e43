#pragma once

#include "controlplane/rib/id_queue.h"
#include "controlplane/rib/prefix_map.h"
#include "controlplane/routing/fib_batch.h"
#include "controlplane/routing/group_table.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace torii::routing {

// Keeps the packet engine's routes as the RIB wants them: the difference between what is wanted and
// what was sent, in versioned batches, a few of them under way at a time. When either side starts
// anew everything is sent again between begin_sync and end_sync, and forwarding never stops.
class FibExport {
public:
    // `store` has what routes are given; whoever gives them has the same numbers of prefixes.
    FibExport(ForwardingStore& store, std::shared_ptr<rib::PrefixNumbers> prefixes)
        : store_(store), records_(std::move(prefixes)) {}
    FibExport(const FibExport&) = delete;
    FibExport& operator=(const FibExport&) = delete;
    ~FibExport();

    // Wanted from now on, by the number of the prefix.
    void set_route(std::uint32_t prefix, const Forwarding& forwarding);
    void remove_route(std::uint32_t prefix);
    // This gateway is gone, and the routes that use it will be set anew: until they are, it is left
    // out of the groups that have it. One batch tells the engine, before any change of a route and
    // however many routes there are (prefix independent convergence).
    void next_hop_down(const IpAddress& gateway);
    // The routes are set: what uses the gateway still does so for good reason, and gets it back.
    void next_hops_settled();
    // Every source has told all its routes: what the engine has beyond them may be swept.
    void set_complete();

    // The engine's ids from before, asked once after the first connection.
    [[nodiscard]] GroupTable& groups() { return groups_; }
    // True when it differs: a synchronisation is due.
    bool set_ports(std::set<std::string> ports);
    // The engine answers; it is told everything. Also after a batch was refused.
    void start_sync();
    // No connection: nothing is sent until start_sync().
    void stop();

    // The next batch to send; none: nothing to tell, or too many are not acknowledged yet.
    [[nodiscard]] std::optional<FibBatch> next();
    void acknowledge(std::uint64_t version);

    // The engine forwards this prefix as the RIB wants it now.
    [[nodiscard]] bool installed(const Prefix& prefix) const;
    // The group that the prefix was last sent with; 0: it was not.
    [[nodiscard]] std::uint32_t group_id(const Prefix& prefix) const;
    [[nodiscard]] std::uint64_t version_sent() const { return sent_version_; }
    [[nodiscard]] std::uint64_t version_acknowledged() const { return acknowledged_; }

private:
    struct Record : rib::PrefixItem {
        static constexpr std::uint8_t kDirty = 1;
        static constexpr std::uint8_t kUnderWay = 2;  // sent, and not acknowledged yet

        std::uint32_t wanted = 0;  // the number of a Forwarding; 0: no route
        std::uint32_t sent = 0;    // likewise; 0: none, in this synchronisation
    };
    // What a batch has said, until it is acknowledged.
    struct UnderWay {
        std::uint64_t version = 0;
        std::vector<std::uint32_t> routes;
    };

    [[nodiscard]] std::optional<FibBatch> next_groups();
    void mark(std::uint32_t id);
    void fill(FibBatch& batch);
    void fill(std::uint32_t id, FibBatch& batch);
    void forget_sent();
    void erase(std::uint32_t id);
    [[nodiscard]] static std::uint16_t stamp(std::uint64_t version) {
        return static_cast<std::uint16_t>(version);
    }

    ForwardingStore& store_;
    GroupTable groups_;
    std::set<std::string> ports_;
    rib::PrefixMap<Record> records_;
    rib::IdQueue dirty_;
    std::deque<UnderWay> under_way_;
    std::uint64_t sent_version_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::set<IpAddress> down_;
    bool groups_due_ = false;  // a gateway has gone, or is back
    bool settled_ = false;     // down_ can be forgotten once all routes are sent
    bool running_ = false;
    bool complete_ = false;
    bool begin_due_ = false;
    bool syncing_ = false;  // end_sync is not sent yet
};

}  // namespace torii::routing
