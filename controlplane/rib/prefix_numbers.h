#pragma once

#include "controlplane/rib/hash_index.h"
#include "controlplane/rib/slab.h"
#include "platform/base/prefix.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace torii::rib {

// Numbers for prefixes, the same in all tables that share this: a prefix is looked up once on its
// way from a session to the packet engine, and kept once. A number means the same prefix as long as
// somebody holds it.
class PrefixNumbers {
public:
    [[nodiscard]] std::optional<std::uint32_t> find(const Prefix& prefix) const {
        return index_.find(hash(prefix), [&](std::uint32_t id) { return is(id, prefix); });
    }
    // To be held at once, when it is new.
    [[nodiscard]] std::uint32_t add(const Prefix& prefix) {
        return index_.find_or_add(
            hash(prefix), [&](std::uint32_t id) { return is(id, prefix); },
            [&] { return number_of_new(prefix); });
    }
    void hold(std::uint32_t id) { ++keys_[id].holders; }
    void drop(std::uint32_t id) {
        const Key& key = keys_[id];
        if (--keys_[id].holders != 0) return;
        index_.erase(hash(key), id);
        if (key.ipv6) addresses_.release(key.address);
        keys_.release(id);
    }
    // It will be asked for, or dropped, soon: a table of millions is not in the cache.
    void prefetch(const Prefix& prefix) const { index_.prefetch(hash(prefix)); }
    void prefetch_drop(std::uint32_t id) const { index_.prefetch_erase(hash(keys_[id])); }
    [[nodiscard]] Prefix prefix(std::uint32_t id) const {
        const Key& key = keys_[id];
        return Prefix::exact(
            key.ipv6 ? IpAddress::v6(addresses_[key.address]) : IpAddress::v4(key.address),
            key.length);
    }
    [[nodiscard]] std::size_t size() const { return keys_.size(); }

private:
    struct Key {
        std::uint32_t address = 0;  // of IPv4; else where addresses_ has it
        std::uint8_t length = 0;
        bool ipv6 = false;
        std::uint16_t holders = 0;
    };

    std::uint32_t number_of_new(const Prefix& prefix) {
        const std::uint32_t id = keys_.allocate();
        Key& key = keys_[id];
        key.length = prefix.length();
        key.ipv6 = prefix.address().is_v6();
        if (key.ipv6) {
            key.address = addresses_.allocate();
            addresses_[key.address] = prefix.address().octets();
        } else {
            key.address = prefix.address().v4_number();
        }
        return id;
    }
    static std::uint32_t hash(const Prefix& prefix) {
        const IpAddress& address = prefix.address();
        if (address.is_v4()) return hash(address.v4_number(), 0, prefix.length());
        const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(address.octets());
        return hash(words[0], words[1], prefix.length());
    }
    [[nodiscard]] std::uint32_t hash(const Key& key) const {
        if (!key.ipv6) return hash(key.address, 0, key.length);
        return hash(Prefix::exact(IpAddress::v6(addresses_[key.address]), key.length));
    }
    static std::uint32_t hash(std::uint64_t high, std::uint64_t low, std::uint8_t length) {
        constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15U;
        std::uint64_t hash = (high ^ std::uint64_t{length} << 32U) * kGoldenRatio;
        hash = (hash ^ hash >> 32U ^ low) * kGoldenRatio;
        hash = (hash ^ hash >> 29U) * kGoldenRatio;
        return static_cast<std::uint32_t>(hash >> 32U);
    }
    [[nodiscard]] bool is(std::uint32_t id, const Prefix& prefix) const {
        const Key& key = keys_[id];
        if (key.length != prefix.length() || key.ipv6 != prefix.address().is_v6()) return false;
        return key.ipv6 ? addresses_[key.address] == prefix.address().octets()
                        : key.address == prefix.address().v4_number();
    }

    Slab<Key> keys_;
    Slab<std::array<std::uint8_t, 16>> addresses_;
    HashIndex index_;
};

}  // namespace torii::rib
