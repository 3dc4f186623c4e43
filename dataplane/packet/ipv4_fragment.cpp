#include "dataplane/packet/ipv4_fragment.h"

#include "dataplane/packet/ipv4.h"
#include "dataplane/packet/ipv4_options.h"

#include <algorithm>

namespace torii::packet {
namespace {

constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kFlags = 0xe000;
constexpr std::uint16_t kOffset = 0x1fff;
constexpr std::size_t kUnit = 8;  // fragment offsets count in it

}  // namespace

Ipv4Fragmenter::Ipv4Fragmenter(Bytes packet, std::size_t mtu)
    : packet_(packet), mtu_(mtu), header_size_(Ipv4View(packet.data()).header_length()) {}

std::size_t Ipv4Fragmenter::next(std::uint8_t* out) {
    const Bytes payload = packet_.subspan(header_size_);
    std::size_t header_size = header_size_;
    if (done_ == 0) {
        std::ranges::copy(packet_.first(header_size_), out);
    } else {
        std::ranges::copy(packet_.first(kIpv4Size), out);
        header_size =
            kIpv4Size + copy_fragment_options(packet_.subspan(kIpv4Size, header_size_ - kIpv4Size),
                                              out + kIpv4Size);
        out[0] = static_cast<std::uint8_t>(0x40U | header_size / 4);
    }
    const std::size_t room = mtu_ - header_size;
    const std::size_t left = payload.size() - done_;
    const std::size_t size = left <= room ? left : room / kUnit * kUnit;
    std::ranges::copy(payload.subspan(done_, size), out + header_size);
    // The original may be a fragment: not the first, or not the last.
    const std::uint16_t original = Ipv4View(packet_.data()).fragment_word();
    const std::size_t offset = (original + done_ / kUnit) & kOffset;
    auto word = static_cast<std::uint16_t>((original & kFlags) | offset);
    done_ += size;
    if (done_ < payload.size()) word |= kMoreFragments;
    store16(out + 2, static_cast<std::uint16_t>(header_size + size));
    store16(out + 6, word);
    store16(out + 10, 0);
    store16(out + 10, internet_checksum(Bytes(out, header_size)));
    return header_size + size;
}

}  // namespace torii::packet
