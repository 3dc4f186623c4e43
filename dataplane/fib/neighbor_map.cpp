#include "dataplane/fib/neighbor_map.h"

#include "dataplane/fib/ecmp_hash.h"

#include <cstring>
#include <vector>

namespace torii::fib {
namespace {

constexpr std::size_t kSmallest = 256;

// Stands where an entry was: the search goes on past it.
const Adjacency kTombstone{kNoPort, IpAddress{}};

}  // namespace

struct NeighborMap::Table {
    explicit Table(std::size_t count) : slots(count), mask(count - 1) {}

    std::vector<std::atomic<const Adjacency*>> slots;
    std::size_t mask;
};

NeighborMap::NeighborMap(Reclaimer& reclaimer)
    : reclaimer_(reclaimer), table_(new Table(kSmallest)) {}

NeighborMap::~NeighborMap() {
    delete table_.load();
}

std::size_t NeighborMap::hash(PortId port, IpFamily family, const std::uint8_t* address) {
    std::uint64_t words[2] = {};
    std::memcpy(words, address, family == IpFamily::v4 ? 4 : 16);
    const std::uint64_t first = mix((words[0] ^ port) * 0x9fb21c651e98df25ULL);
    return mix((first ^ words[1]) * 0xa24baed4963ee407ULL);
}

void NeighborMap::place(Table& table, const Adjacency* adjacency) {
    const IpAddress& address = adjacency->address();
    std::size_t index = hash(adjacency->port(), address.family(), address.octets().data());
    for (;; ++index) {
        auto& slot = table.slots[index & table.mask];
        if (slot.load(std::memory_order_relaxed) != nullptr) continue;
        slot.store(adjacency, std::memory_order_release);
        return;
    }
}

void NeighborMap::insert(const Adjacency* adjacency) {
    const Table& table = *table_.load(std::memory_order_relaxed);
    if ((used_ + 1) * 2 > table.slots.size()) {
        resize((size_ + 1) * 4 > table.slots.size() ? table.slots.size() * 2 : table.slots.size());
    }
    place(*table_.load(std::memory_order_relaxed), adjacency);
    ++size_;
    ++used_;
}

void NeighborMap::erase(const Adjacency* adjacency) {
    for (auto& slot : table_.load(std::memory_order_relaxed)->slots) {
        if (slot.load(std::memory_order_relaxed) != adjacency) continue;
        slot.store(&kTombstone, std::memory_order_release);
        --size_;
        return;
    }
}

void NeighborMap::resize(std::size_t slots) {
    Table* old = table_.load(std::memory_order_relaxed);
    auto grown = std::make_unique<Table>(slots);
    for (const auto& slot : old->slots) {
        const Adjacency* adjacency = slot.load(std::memory_order_relaxed);
        if (adjacency != nullptr && adjacency != &kTombstone) place(*grown, adjacency);
    }
    used_ = size_;
    table_.store(grown.release(), std::memory_order_release);
    reclaimer_.retire([old] { delete old; });
}

const Adjacency* NeighborMap::find(PortId port, IpFamily family,
                                   const std::uint8_t* address) const {
    const Table& table = *table_.load(std::memory_order_acquire);
    for (std::size_t index = hash(port, family, address);; ++index) {
        const Adjacency* adjacency =
            table.slots.data()[index & table.mask].load(std::memory_order_acquire);
        if (adjacency == nullptr) return nullptr;
        const IpAddress& found = adjacency->address();
        if (adjacency->port() == port && found.family() == family &&
            std::memcmp(found.octets().data(), address, family == IpFamily::v4 ? 4 : 16) == 0) {
            return adjacency;
        }
    }
}

}  // namespace torii::fib
