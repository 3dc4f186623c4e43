#pragma once

#include "dataplane/fib/lpm.h"

#include <rapidcheck.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

// Random prefixes that have much to do with each other, and the slow way to look them up.
namespace torii::test {

struct RandomPrefix {
    std::array<std::uint8_t, 16> octets{};  // beyond the family's: zero
    unsigned length = 0;

    friend bool operator==(const RandomPrefix&, const RandomPrefix&) = default;
};

inline void showValue(const RandomPrefix& prefix, std::ostream& out) {
    for (const std::uint8_t octet : prefix.octets) out << int{octet} << '.';
    out << '/' << prefix.length;
}

[[nodiscard]] inline bool covers(const RandomPrefix& prefix,
                                 const std::array<std::uint8_t, 16>& address) {
    for (unsigned bit = 0; bit < prefix.length; ++bit) {
        const unsigned shift = 7 - bit % 8;
        if (((prefix.octets[bit / 8] ^ address[bit / 8]) >> shift & 1U) != 0) return false;
    }
    return true;
}

// An address of `octets` octets, each one of few values, so that prefixes nest and collide.
[[nodiscard]] inline rc::Gen<std::array<std::uint8_t, 16>> address_of(unsigned octets) {
    return rc::gen::map(rc::gen::container<std::array<std::uint8_t, 16>>(
                            rc::gen::element<std::uint8_t>(0, 1, 2, 127, 128, 255)),
                        [octets](std::array<std::uint8_t, 16> address) {
                            address[0] = 10;
                            address[1] &= 1U;
                            for (unsigned index = octets; index < address.size(); ++index)
                                address[index] = 0;
                            return address;
                        });
}

// Short prefixes touch very many entries: they are rare.
[[nodiscard]] inline rc::Gen<RandomPrefix> prefix_of(unsigned octets) {
    const auto length =
        rc::gen::weightedOneOf<unsigned>({{20, rc::gen::inRange<unsigned>(17, octets * 8 + 1)},
                                          {3, rc::gen::inRange<unsigned>(8, 17)},
                                          {10, rc::gen::just(octets * 8)}});
    return rc::gen::map(rc::gen::pair(address_of(octets), length), [](const auto& parts) {
        RandomPrefix prefix{parts.first, parts.second};
        for (unsigned bit = prefix.length; bit < 128; ++bit) {
            prefix.octets[bit / 8] =
                static_cast<std::uint8_t>(prefix.octets[bit / 8] & ~(0x80U >> (bit % 8)));
        }
        return prefix;
    });
}

// Looks at every route.
class NaiveTable {
public:
    void set(const RandomPrefix& prefix, std::uint32_t value) {
        for (auto& [route, old] : routes_) {
            if (route != prefix) continue;
            old = value;
            return;
        }
        routes_.emplace_back(prefix, value);
    }
    std::optional<std::uint32_t> remove(const RandomPrefix& prefix) {
        for (auto& route : routes_) {
            if (route.first != prefix) continue;
            const std::uint32_t value = route.second;
            std::swap(route, routes_.back());
            routes_.pop_back();
            return value;
        }
        return std::nullopt;
    }
    [[nodiscard]] std::uint32_t lookup(const std::array<std::uint8_t, 16>& address) const {
        int longest = -1;
        std::uint32_t found = 0;
        for (const auto& [route, value] : routes_) {
            if (static_cast<int>(route.length) <= longest || !covers(route, address)) continue;
            longest = static_cast<int>(route.length);
            found = value;
        }
        return found;
    }
    [[nodiscard]] std::size_t size() const { return routes_.size(); }
    [[nodiscard]] const auto& routes() const { return routes_; }

private:
    std::vector<std::pair<RandomPrefix, std::uint32_t>> routes_;
};

// Many addresses looked up at once, by one of the two ways.
using Addresses = std::vector<std::array<std::uint8_t, 16>>;
enum class Way { scalar, vector };

struct Family4 {
    using Lpm = fib::Lpm4;
    static constexpr unsigned kOctets = 4;
    static std::uint32_t number(const std::array<std::uint8_t, 16>& octets) {
        return static_cast<std::uint32_t>(octets[0]) << 24U |
               static_cast<std::uint32_t>(octets[1]) << 16U |
               static_cast<std::uint32_t>(octets[2]) << 8U | octets[3];
    }
    static fib::Ipv4Key key(const RandomPrefix& prefix) { return {number(prefix.octets)}; }
    static std::uint32_t lookup(const Lpm& lpm, const std::array<std::uint8_t, 16>& address) {
        return lpm.lookup(number(address));
    }
    static std::vector<std::uint32_t> lookup(const Lpm& lpm, const Addresses& addresses, Way way) {
        std::vector<std::uint32_t> numbers;
        for (const auto& address : addresses) numbers.push_back(number(address));
        std::vector<std::uint32_t> values(addresses.size());
        if (way == Way::scalar) {
            lpm.lookup_scalar(numbers, values.data());
        } else {
            lpm.lookup_vector(numbers, values.data());
        }
        return values;
    }
};

struct Family6 {
    using Lpm = fib::Lpm6;
    static constexpr unsigned kOctets = 16;
    static fib::Ipv6Key key(const RandomPrefix& prefix) { return {prefix.octets}; }
    static std::uint32_t lookup(const Lpm& lpm, const std::array<std::uint8_t, 16>& address) {
        return lpm.lookup(address.data());
    }
    static std::vector<std::uint32_t> lookup(const Lpm& lpm, const Addresses& addresses, Way way) {
        std::array<std::vector<std::uint32_t>, 4> words;
        for (const auto& address : addresses) {
            for (std::size_t word = 0; word < words.size(); ++word) {
                words[word].emplace_back();
                std::memcpy(&words[word].back(), address.data() + 4 * word, 4);
            }
        }
        const Lpm::Columns columns{words[0].data(), words[1].data(), words[2].data(),
                                   words[3].data()};
        std::vector<std::uint32_t> values(addresses.size());
        if (way == Way::scalar) {
            lpm.lookup_scalar(columns, addresses.size(), values.data());
        } else {
            lpm.lookup_vector(columns, addresses.size(), values.data());
        }
        return values;
    }
};

}  // namespace torii::test
