#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace torii::rib {

// A set of small numbers: a bit for each, in pieces that are there while they have one. A peer with
// a full table costs an eighth of an octet a prefix, one with ten prefixes next to nothing.
class IdSet {
public:
    // False: it was there.
    bool insert(std::uint32_t id) {
        if (piece_of(id) >= pieces_.size()) pieces_.resize(piece_of(id) + 1);
        std::unique_ptr<Piece>& piece = pieces_[piece_of(id)];
        if (!piece) piece = std::make_unique<Piece>();
        std::uint64_t& word = piece->words[word_of(id)];
        if ((word & bit_of(id)) != 0) return false;
        word |= bit_of(id);
        ++piece->count;
        ++size_;
        return true;
    }
    // False: it was not there.
    bool erase(std::uint32_t id) {
        if (!contains(id)) return false;
        std::unique_ptr<Piece>& piece = pieces_[piece_of(id)];
        piece->words[word_of(id)] &= ~bit_of(id);
        --size_;
        if (--piece->count == 0) piece.reset();
        if (size_ == 0) pieces_ = std::vector<std::unique_ptr<Piece>>();
        return true;
    }
    [[nodiscard]] bool contains(std::uint32_t id) const {
        if (piece_of(id) >= pieces_.size() || !pieces_[piece_of(id)]) return false;
        return (pieces_[piece_of(id)]->words[word_of(id)] & bit_of(id)) != 0;
    }
    // The smallest that is not less than `from`.
    [[nodiscard]] std::optional<std::uint32_t> next(std::uint32_t from) const {
        std::size_t word = word_of(from);
        std::uint64_t mask = ~std::uint64_t{0} << from % 64;
        for (std::size_t piece = piece_of(from); piece < pieces_.size(); ++piece) {
            for (; pieces_[piece] && word < kWords; ++word) {
                const std::uint64_t found = pieces_[piece]->words[word] & mask;
                mask = ~std::uint64_t{0};
                if (found == 0) continue;
                return static_cast<std::uint32_t>(piece * kIds + word * 64) +
                       static_cast<std::uint32_t>(std::countr_zero(found));
            }
            word = 0;
            mask = ~std::uint64_t{0};
        }
        return std::nullopt;
    }
    void clear() { *this = IdSet(); }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }

private:
    static constexpr std::size_t kWords = 64;
    static constexpr std::size_t kIds = kWords * 64;

    struct Piece {
        std::array<std::uint64_t, kWords> words{};
        std::uint32_t count = 0;
    };

    static std::size_t piece_of(std::uint32_t id) { return id / kIds; }
    static std::size_t word_of(std::uint32_t id) { return id % kIds / 64; }
    static std::uint64_t bit_of(std::uint32_t id) { return std::uint64_t{1} << id % 64; }

    std::vector<std::unique_ptr<Piece>> pieces_;
    std::size_t size_ = 0;
};

}  // namespace torii::rib
