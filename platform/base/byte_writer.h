#pragma once

#include "platform/base/byte_reader.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace torii {

// Appends numbers in network byte order. Lengths that are known only afterwards are written as zero
// and patched.
class ByteWriter {
public:
    // Room for a short message or attribute without growing step by step.
    ByteWriter() : bytes_(64) {}

    void u8(std::uint8_t value) { *extend(1) = value; }
    void u16(std::uint16_t value) { number(value); }
    void u32(std::uint32_t value) { number(value); }
    void u64(std::uint64_t value) { number(value); }
    void bytes(Bytes bytes) {
        if (!bytes.empty()) std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
    }

    void patch_u8(std::size_t position, std::size_t value) {
        assert(position < size_ && value <= 0xff);
        bytes_[position] = static_cast<std::uint8_t>(value);
    }
    void patch_u16(std::size_t position, std::size_t value) {
        assert(position + 1 < size_ && value <= 0xffff);
        bytes_[position] = static_cast<std::uint8_t>(value >> 8U);
        bytes_[position + 1] = static_cast<std::uint8_t>(value & 0xffU);
    }

    void patch_u32(std::size_t position, std::size_t value) {
        patch_u16(position, value >> 16U);
        patch_u16(position + 2, value & 0xffffU);
    }

    // Keeps the room.
    void clear() { size_ = 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] Bytes view() const { return Bytes(bytes_).first(size_); }
    // Leaves an empty writer.
    [[nodiscard]] std::vector<std::uint8_t> take() {
        bytes_.resize(std::exchange(size_, 0));
        return std::exchange(bytes_, {});
    }

private:
    template <class T>
    void number(T value) {
        std::uint8_t* const out = extend(sizeof value);
        for (std::size_t index = 0; index < sizeof value; ++index) {
            out[index] = static_cast<std::uint8_t>(value >> 8 * (sizeof value - 1 - index));
        }
    }
    // Room for `count` more.
    std::uint8_t* extend(std::size_t count) {
        if (bytes_.size() - size_ < count) bytes_.resize(std::max(2 * size_, size_ + count));
        return bytes_.data() + std::exchange(size_, size_ + count);
    }

    // Longer than what is written, so that a number costs one look at the room for it.
    std::vector<std::uint8_t> bytes_;
    std::size_t size_ = 0;
};

}  // namespace torii
