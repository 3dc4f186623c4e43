#include "tests/property/dataplane/prefixes.h"
#include "tests/unit/dataplane/fib/deferred_reclaimer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

// Long random sequences of additions, replacements and removals against a binary trie: exact
// answers, and not a table more in use than the prefixes need. TORII_OPERATIONS sets their number.
namespace torii::fib {
namespace {

using test::RandomPrefix;
using Octets = std::array<std::uint8_t, 16>;

std::size_t operations() {
    const char* wanted = std::getenv("TORII_OPERATIONS");
    return wanted == nullptr ? 200'000 : std::strtoull(wanted, nullptr, 10);
}

bool bit_of(const Octets& octets, unsigned bit) {
    return (octets[bit / 8] >> (7 - bit % 8) & 1U) != 0;
}

// One node per bit.
class BinaryTrie {
public:
    BinaryTrie() : nodes_(1) {}

    void set(const RandomPrefix& prefix, std::uint32_t value) {
        const std::uint32_t old = std::exchange(walk(prefix).value, value);
        if (old == 0) count(prefix, 1);
    }
    void remove(const RandomPrefix& prefix) {
        if (std::exchange(walk(prefix).value, 0) != 0) count(prefix, -1);
    }
    [[nodiscard]] std::uint32_t lookup(const Octets& address, unsigned bits) const {
        std::uint32_t found = nodes_[0].value;
        std::uint32_t at = 0;
        for (unsigned bit = 0; bit < bits; ++bit) {
            at = nodes_[at].children[bit_of(address, bit) ? 1 : 0];
            if (at == 0) break;
            if (nodes_[at].value != 0) found = nodes_[at].value;
        }
        return found;
    }
    // How many tables of 8 bits a trie of 24 and then 8 bits a level needs.
    [[nodiscard]] std::size_t tables() const { return tables_; }

private:
    struct Node {
        std::array<std::uint32_t, 2> children{};
        std::uint32_t value = 0;
        int longer = 0;  // prefixes below, counted where a table may begin
    };

    Node& walk(const RandomPrefix& prefix) {
        std::uint32_t at = 0;
        for (unsigned bit = 0; bit < prefix.length; ++bit) {
            const std::size_t side = bit_of(prefix.octets, bit) ? 1 : 0;
            if (nodes_[at].children[side] == 0) {
                nodes_[at].children[side] = static_cast<std::uint32_t>(nodes_.size());
                nodes_.emplace_back();
            }
            at = nodes_[at].children[side];
        }
        return nodes_[at];
    }
    void count(const RandomPrefix& prefix, int change) {
        std::uint32_t at = 0;
        for (unsigned bit = 0; bit < prefix.length; ++bit) {
            if (bit >= 24 && bit % 8 == 0) {
                const bool before = nodes_[at].longer != 0;
                nodes_[at].longer += change;
                const bool after = nodes_[at].longer != 0;
                if (before != after) after ? ++tables_ : --tables_;
            }
            at = nodes_[at].children[bit_of(prefix.octets, bit) ? 1 : 0];
        }
    }

    std::vector<Node> nodes_;
    std::size_t tables_ = 0;
};

// Prefixes that often lie in each other: every octet is one of a few.
RandomPrefix random_prefix(std::mt19937& random, unsigned octets) {
    RandomPrefix prefix;
    for (unsigned index = 0; index < octets; ++index) {
        const auto choice = static_cast<std::uint32_t>(random());
        prefix.octets[index] = static_cast<std::uint8_t>(
            choice % 4 == 0 ? choice >> 8U : std::array{0U, 1U, 128U, 255U}[choice >> 8U & 3U]);
    }
    prefix.octets[0] = 10;
    // Short ones touch very many entries: they are rare.
    const auto choice = static_cast<std::uint32_t>(random());
    const unsigned least = octets == 4 ? 18 : 28;
    prefix.length = choice % 4096 == 0 ? choice >> 12U & 15U
                    : choice % 4 == 0  ? octets * 8
                                       : least + (choice >> 12U) % (octets * 8 - least + 1);
    for (unsigned bit = prefix.length; bit < 128; ++bit) {
        prefix.octets[bit / 8] =
            static_cast<std::uint8_t>(prefix.octets[bit / 8] & ~(0x80U >> (bit % 8)));
    }
    return prefix;
}

template <class Family>
class Sequence {
public:
    static constexpr unsigned kOctets = Family::kOctets;
    static constexpr std::size_t kPool = 6'000;

    void run(std::size_t count) {
        for (std::size_t index = 0; index < kPool; ++index) {
            pool_.push_back(random_prefix(random_, kOctets));
        }
        for (std::size_t done = 0; done < count && !::testing::Test::HasFailure(); ++done) step();
        for (const RandomPrefix& prefix : pool_) {
            lpm_.remove(Family::key(prefix), prefix.length);
            oracle_.remove(prefix);
        }
        reclaimer_.release();
        EXPECT_EQ(lpm_.size(), 0U);
        EXPECT_EQ(lpm_.used_tables(), 0U);
    }

private:
    void step() {
        const RandomPrefix& prefix = pool_[random_() % pool_.size()];
        if (random_() % 5 < 3) {
            const auto value = static_cast<std::uint32_t>(1 + random_() % 1000);
            ASSERT_GE(lpm_.free_tables(), Family::Lpm::kLevels);
            lpm_.set(Family::key(prefix), prefix.length, value);
            oracle_.set(prefix, value);
        } else {
            lpm_.remove(Family::key(prefix), prefix.length);
            oracle_.remove(prefix);
        }
        if (random_() % 64 == 0) {
            reclaimer_.release();
            ASSERT_EQ(lpm_.used_tables(), oracle_.tables());
        }
        Octets last = prefix.octets;
        for (unsigned bit = prefix.length; bit < kOctets * 8; ++bit) {
            last[bit / 8] = static_cast<std::uint8_t>(last[bit / 8] | 0x80U >> (bit % 8));
        }
        const Octets& other = pool_[random_() % pool_.size()].octets;
        for (const Octets& address : {prefix.octets, last, other}) {
            ASSERT_EQ(Family::lookup(lpm_, address), oracle_.lookup(address, kOctets * 8));
        }
    }

    // All prefixes of the pool at once, and what 64 steps may leave to be released.
    static constexpr std::size_t kCapacity = (kPool + 64) * Family::Lpm::kLevels;

    std::mt19937 random_{5};
    std::vector<RandomPrefix> pool_;
    test::DeferredReclaimer reclaimer_;
    typename Family::Lpm lpm_{reclaimer_, kCapacity};
    BinaryTrie oracle_;
};

TEST(Lpm4Oracle, LongSequencesAreExactAndLeakNothing) {
    Sequence<test::Family4>().run(operations());
}
TEST(Lpm6Oracle, LongSequencesAreExactAndLeakNothing) {
    Sequence<test::Family6>().run(operations());
}

}  // namespace
}  // namespace torii::fib
