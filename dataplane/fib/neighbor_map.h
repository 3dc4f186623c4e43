#pragma once

#include "dataplane/fib/adjacency.h"
#include "dataplane/fib/reclaimer.h"
#include "platform/base/ip_address.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace torii::fib {

// (port, address) -> adjacency, for attached next hops. An open hash of pointers: readers never
// wait; the writer replaces the whole table when it grows.
class NeighborMap {
public:
    explicit NeighborMap(Reclaimer& reclaimer);
    NeighborMap(const NeighborMap&) = delete;
    NeighborMap& operator=(const NeighborMap&) = delete;
    ~NeighborMap();

    // Writer. The adjacency outlives its entry by a grace period.
    void insert(const Adjacency* adjacency);
    void erase(const Adjacency* adjacency);
    [[nodiscard]] std::size_t size() const { return size_; }

    // Reader. `address` has 4 or 16 octets.
    [[nodiscard]] const Adjacency* find(PortId port, IpFamily family,
                                        const std::uint8_t* address) const;

private:
    struct Table;

    [[nodiscard]] static std::size_t hash(PortId port, IpFamily family,
                                          const std::uint8_t* address);
    static void place(Table& table, const Adjacency* adjacency);
    void resize(std::size_t slots);

    Reclaimer& reclaimer_;
    std::atomic<Table*> table_;
    std::size_t size_ = 0;
    std::size_t used_ = 0;  // with the tombstones
};

}  // namespace torii::fib
