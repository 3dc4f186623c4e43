#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace torii {

using Bytes = std::span<const std::uint8_t>;

// A bounded cursor over octets off the wire, network byte order. A read past the end yields zero
// and fails for good, so that a parser reads a whole structure and asks failed() once.
class ByteReader {
public:
    explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] std::size_t remaining() const { return failed_ ? 0 : bytes_.size() - position_; }
    [[nodiscard]] bool empty() const { return remaining() == 0; }
    [[nodiscard]] std::size_t position() const { return position_; }

    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u64() { return number(8); }

    // The next `count` octets, or an empty span (and failure) when there are fewer.
    Bytes take(std::size_t count) {
        if (failed_ || bytes_.size() - position_ < count) {
            failed_ = true;
            return {};
        }
        const Bytes taken = bytes_.subspan(position_, count);
        position_ += count;
        return taken;
    }

    Bytes rest() { return take(remaining()); }

private:
    std::uint64_t number(std::size_t size) {
        std::uint64_t value = 0;
        for (const std::uint8_t octet : take(size)) value = value << 8U | octet;
        return value;
    }

    Bytes bytes_;
    std::size_t position_ = 0;
    bool failed_ = false;
};

}  // namespace torii
