#pragma once

#include "platform/base/byte_reader.h"
#include "platform/base/ip_address.h"

#include <cstddef>
#include <cstdint>
#include <linux/netlink.h>
#include <span>
#include <string>
#include <vector>

namespace torii::netlink {

// Room for any single request.
inline constexpr std::size_t kMessageSizeMax = std::size_t{64} * 1024;

inline constexpr std::uint16_t kAdd = NLM_F_CREATE | NLM_F_EXCL;
inline constexpr std::uint16_t kReplace = NLM_F_CREATE | NLM_F_REPLACE;

[[nodiscard]] std::uint8_t to_af(IpFamily family);

// One request being written.
class Message {
public:
    // In a buffer of its own.
    Message(std::uint16_t type, std::uint16_t flags);
    // At the beginning of `room`, which outlives it and is large enough.
    Message(std::span<char> room, std::uint16_t type, std::uint16_t flags);

    // The part that every message of a type begins with.
    template <class Fixed>
    Fixed& fixed() {
        return *static_cast<Fixed*>(extra_header(sizeof(Fixed)));
    }
    void bytes(std::uint16_t type, Bytes payload);
    void u32(std::uint16_t type, std::uint32_t value);
    void text(std::uint16_t type, const std::string& value);
    void flag(std::uint16_t type);
    template <class Content>
    void nest(std::uint16_t type, Content content) {
        nlattr* start = begin_nest(type);
        content();
        end_nest(start);
    }

    [[nodiscard]] nlmsghdr& header() { return *header_; }
    // With the padding behind it.
    [[nodiscard]] std::size_t size() const;

private:
    void* extra_header(std::size_t size);
    nlattr* begin_nest(std::uint16_t type);
    void end_nest(nlattr* start);

    std::vector<char> buffer_;
    nlmsghdr* header_;
};

}  // namespace torii::netlink
