#pragma once

#include "dataplane/packet/packet.h"
#include "dataplane/pipeline/access_list.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

// How packets are compared with an access list; nothing outside this folder includes it.
namespace torii::pipeline {

// Packets of a burst that one list decides about, all at once.
class AccessBatch {
public:
    // An IP header and how many octets are there from it on. What is no valid header is not for
    // the list to judge: it is left out, and the stages drop it. `index` is the caller's.
    void add(std::size_t index, const std::uint8_t* header, std::size_t octets);

    // Of one packet: what the list found, and what is to be done.
    struct Judgement {
        std::uint8_t index = 0;
        std::uint32_t found = 0;
        AccessAction action = AccessAction::accept;
    };
    // Of all that were added. Neighbor discovery that no rule speaks of is accepted: without it a
    // link is dead.
    [[nodiscard]] std::span<const Judgement> judge(const AccessList& list);

private:
    void add_v4(std::size_t index, const std::uint8_t* header, std::size_t octets);
    void add_v6(std::size_t index, const std::uint8_t* header, std::size_t octets);

    template <class Key>
    struct Family {
        std::array<Key, kBurst> keys;
        std::array<const std::uint8_t*, kBurst> pointers;
        std::array<std::uint8_t, kBurst> indices;
        std::size_t count = 0;
    };
    Family<AccessKeyV4> ipv4_;
    Family<AccessKeyV6> ipv6_;
    std::array<Judgement, kBurst> judgements_;
};

}  // namespace torii::pipeline
