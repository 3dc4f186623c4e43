#pragma once

#include "controlplane/bgp/packed_attributes.h"
#include "controlplane/rib/hash_index.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace torii::rib {

// Sets of attributes that are on their way out, each once: they are gone with the batch, so nobody
// counts who needs them, and a batch of them is in the cache.
class OutAttributes {
public:
    // 0: none. Two are equal exactly when the attributes are.
    using Number = std::uint32_t;

    // The octets are copied, if they are new.
    [[nodiscard]] Number add(const bgp::PackedAttributes& attributes);
    // As long as it is not cleared.
    [[nodiscard]] bgp::PackedAttributes operator[](Number number) const {
        const Item& item = items_[number - 1];
        return {{item.octets, item.size}, item.next_hop, item.link_local};
    }
    void clear();

private:
    // Octets that stay where they are.
    static constexpr std::size_t kChunk = std::size_t{1} << 16U;
    static constexpr std::size_t kChunksKept = 16;

    struct Item {
        const std::uint8_t* octets = nullptr;
        std::uint32_t size = 0;
        IpAddress next_hop;
        std::optional<IpAddress> link_local;
    };

    [[nodiscard]] std::uint8_t* place_for(std::size_t size);

    std::vector<Item> items_;
    HashIndex index_;
    std::vector<std::unique_ptr<std::uint8_t[]>> chunks_;
    std::size_t in_use_ = 0;                              // chunks
    std::size_t used_ = kChunk;                           // octets of the last of them
    std::vector<std::unique_ptr<std::uint8_t[]>> large_;  // each of one set
};

}  // namespace torii::rib
