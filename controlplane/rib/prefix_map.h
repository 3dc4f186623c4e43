#pragma once

#include "controlplane/rib/hash_index.h"
#include "controlplane/rib/slab.h"
#include "platform/base/prefix.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

namespace torii::rib {

// A prefix in six octets, and room for what its owner knows of it.
class PrefixKey {
public:
    [[nodiscard]] bool is(std::uint8_t flag) const { return (flags_ & flag) != 0; }
    void set(std::uint8_t flag, bool on) {
        flags_ = static_cast<std::uint8_t>(on ? flags_ | flag : flags_ & ~flag);
    }

    std::uint16_t extra = 0;  // the owner's

private:
    template <class T>
    friend class PrefixMap;
    static constexpr std::uint8_t kIpv6 = 0x80;  // the other flags are the owner's

    std::uint8_t length_ = 0;
    std::uint8_t flags_ = 0;
    std::uint32_t address_ = 0;  // of IPv4; else where the map has it
};

// What is known of prefixes, by number. T is a PrefixKey. Grows in steps and gives memory back.
template <class T>
class PrefixMap {
public:
    [[nodiscard]] std::optional<std::uint32_t> find(const Prefix& prefix) const {
        return index_.find(hash(prefix), [&](std::uint32_t id) { return is(id, prefix); });
    }
    // The number of a prefix, and whether it is new.
    std::pair<std::uint32_t, bool> add(const Prefix& prefix) {
        const std::uint32_t hash_value = hash(prefix);
        const auto known =
            index_.find(hash_value, [&](std::uint32_t id) { return is(id, prefix); });
        if (known) return {*known, false};
        const std::uint32_t id = items_.allocate();
        PrefixKey& key = items_[id];
        key.length_ = prefix.length();
        if (prefix.address().is_v4()) {
            key.address_ = prefix.address().v4_number();
        } else {
            key.set(PrefixKey::kIpv6, true);
            key.address_ = addresses_.allocate();
            addresses_[key.address_] = prefix.address().octets();
        }
        index_.insert(hash_value, id);
        return {id, true};
    }
    // It will be asked for soon: a table of millions is not in the cache.
    void prefetch(const Prefix& prefix) const { index_.prefetch(hash(prefix)); }
    void erase(std::uint32_t id) {
        index_.erase(hash(prefix(id)), id);
        const PrefixKey& key = items_[id];
        if (key.is(PrefixKey::kIpv6)) addresses_.release(key.address_);
        items_.release(id);
    }
    [[nodiscard]] Prefix prefix(std::uint32_t id) const {
        const PrefixKey& key = items_[id];
        return Prefix::exact(key.is(PrefixKey::kIpv6) ? IpAddress::v6(addresses_[key.address_])
                                                      : IpAddress::v4(key.address_),
                             key.length_);
    }
    [[nodiscard]] T& operator[](std::uint32_t id) { return items_[id]; }
    [[nodiscard]] const T& operator[](std::uint32_t id) const { return items_[id]; }
    // All numbers in use are smaller.
    [[nodiscard]] std::uint32_t end() const { return items_.end(); }
    [[nodiscard]] bool used(std::uint32_t id) const { return items_.used(id); }
    [[nodiscard]] std::size_t size() const { return items_.size(); }
    // Calls visit(number) for all. Those visited may be erased.
    template <class Visit>
    void for_each(const Visit& visit) const {
        for (std::uint32_t id = 0; id < items_.end(); ++id) {
            if (items_.used(id)) visit(id);
        }
    }

private:
    static std::uint32_t hash(const Prefix& prefix) {
        constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15U;
        std::array<std::uint64_t, 2> words{};
        std::memcpy(words.data(), prefix.address().octets().data(), sizeof words);
        std::uint64_t hash = (words[0] ^ prefix.length()) * kGoldenRatio;
        hash = (hash ^ hash >> 32U ^ words[1]) * kGoldenRatio;
        hash = (hash ^ hash >> 29U) * kGoldenRatio;
        return static_cast<std::uint32_t>(hash >> 32U);
    }
    [[nodiscard]] bool is(std::uint32_t id, const Prefix& prefix) const {
        const PrefixKey& key = items_[id];
        if (key.length_ != prefix.length()) return false;
        if (!key.is(PrefixKey::kIpv6)) {
            return prefix.address().is_v4() && key.address_ == prefix.address().v4_number();
        }
        return prefix.address().is_v6() && addresses_[key.address_] == prefix.address().octets();
    }

    Slab<T> items_;
    Slab<std::array<std::uint8_t, 16>> addresses_;
    HashIndex index_;
};

}  // namespace torii::rib
