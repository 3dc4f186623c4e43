#pragma once

#include "controlplane/bgp/types.h"
#include "platform/base/byte_reader.h"
#include "platform/base/prefix.h"

#include <cstddef>
#include <cstdint>

namespace torii::bench {

// The prefixes of a run, all of one length, a multiple of 8, so that the number of a prefix off the
// wire is a subtraction: 20.0.0.0 and up, or 2a00::/48 and up.
class Numbering {
public:
    Numbering(bgp::Family family, std::uint8_t length, std::size_t size);

    [[nodiscard]] bgp::Family family() const { return family_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] Prefix prefix(std::size_t number) const;

    // Calls visit(number) for each prefix; false: there is one that nobody announces here.
    template <class Visit>
    [[nodiscard]] bool for_each(Bytes prefixes, const Visit& visit) const {
        const std::size_t octets = length_ / 8U;
        if (prefixes.size() % (octets + 1) != 0) return false;
        for (std::size_t at = 0; at < prefixes.size(); at += octets + 1) {
            std::uint64_t value = 0;
            for (std::size_t index = 1; index <= octets; ++index) {
                value = value << 8U | prefixes[at + index];
            }
            if (prefixes[at] != length_ || value - base_ >= size_) return false;
            visit(static_cast<std::size_t>(value - base_));
        }
        return true;
    }

private:
    bgp::Family family_;
    std::uint8_t length_;
    std::size_t size_;
    std::uint64_t base_;  // the significant octets of the first prefix
};

}  // namespace torii::bench
