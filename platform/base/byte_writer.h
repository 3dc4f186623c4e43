#pragma once

#include "platform/base/byte_reader.h"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace torii {

// Appends numbers in network byte order. Lengths that are known only afterwards are written as zero
// and patched.
class ByteWriter {
public:
    // Room for a short message or attribute without growing step by step.
    ByteWriter() { bytes_.reserve(64); }

    void u8(std::uint8_t value) { bytes_.push_back(value); }
    void u16(std::uint16_t value) { number(value, 2); }
    void u32(std::uint32_t value) { number(value, 4); }
    void u64(std::uint64_t value) { number(value, 8); }
    void bytes(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

    void patch_u8(std::size_t position, std::size_t value) {
        assert(position < bytes_.size() && value <= 0xff);
        bytes_[position] = static_cast<std::uint8_t>(value);
    }
    void patch_u16(std::size_t position, std::size_t value) {
        assert(position + 1 < bytes_.size() && value <= 0xffff);
        bytes_[position] = static_cast<std::uint8_t>(value >> 8U);
        bytes_[position + 1] = static_cast<std::uint8_t>(value & 0xffU);
    }

    void patch_u32(std::size_t position, std::size_t value) {
        patch_u16(position, value >> 16U);
        patch_u16(position + 2, value & 0xffffU);
    }

    // Keeps the room.
    void clear() { bytes_.clear(); }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] Bytes view() const { return bytes_; }
    [[nodiscard]] std::vector<std::uint8_t> take() { return std::move(bytes_); }

private:
    void number(std::uint64_t value, unsigned size) {
        for (unsigned shift = size * 8; shift != 0; shift -= 8) {
            bytes_.push_back(static_cast<std::uint8_t>(value >> (shift - 8) & 0xffU));
        }
    }

    std::vector<std::uint8_t> bytes_;
};

}  // namespace torii
