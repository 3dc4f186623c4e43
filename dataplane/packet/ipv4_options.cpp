#include "dataplane/packet/ipv4_options.h"

#include "dataplane/packet/ipv4.h"

#include <algorithm>

namespace torii::packet {
namespace {

constexpr std::uint8_t kEnd = 0;
constexpr std::uint8_t kNoOperation = 1;
constexpr std::uint8_t kRecordRoute = 7;
constexpr std::uint8_t kTimestamp = 68;
constexpr std::uint8_t kLooseSourceRoute = 131;
constexpr std::uint8_t kStrictSourceRoute = 137;
constexpr std::uint8_t kCopied = 0x80;  // into every fragment

// Internet Timestamp: what an entry holds.
constexpr std::uint8_t kTimesOnly = 0;
constexpr std::uint8_t kAddressesAndTimes = 1;
constexpr std::uint8_t kAsked = 3;                       // the sender has written the addresses
constexpr std::uint32_t kNotUniversalTime = 0x80000000;  // RFC 791 on the upper bit

std::size_t entry_size(std::uint8_t flags) {
    return flags == kTimesOnly ? 4 : 8;
}

// Visits type and octets of each option but the ones of one octet, until `visit` says false; the
// offset of an option whose length cannot be, or the size where all are in order.
template <class Visit>
std::size_t walk(Bytes options, Visit visit) {
    std::size_t offset = 0;
    while (offset < options.size() && options[offset] != kEnd) {
        if (options[offset] == kNoOperation) {
            ++offset;
            continue;
        }
        if (offset + 2 > options.size()) return offset;
        const std::size_t length = options[offset + 1];
        if (length < 2 || offset + length > options.size()) return offset;
        if (!visit(offset, options.subspan(offset, length))) break;
        offset += length;
    }
    return options.size();
}

// The first octet of Record Route that is wrong; 0: none.
std::uint8_t fault_of_record_route(Bytes option) {
    if (option.size() < 3) return 1;
    const std::size_t pointer = option[2];
    // Full, or with room for a whole address.
    const bool full = pointer > option.size();
    return pointer < 4 || (!full && pointer + 3 > option.size()) ? 2 : 0;
}

std::uint8_t fault_of_timestamp(Bytes option) {
    if (option.size() < 4) return 1;
    const std::size_t pointer = option[2];
    const std::uint8_t flags = option[3] & 0x0fU;
    if (pointer < 5) return 2;
    if (flags != kTimesOnly && flags != kAddressesAndTimes && flags != kAsked) return 3;
    if (pointer > option.size()) {  // full: we are one more that finds no room
        return flags != kAsked && option[3] >> 4U == 15 ? 3 : 0;
    }
    return pointer + entry_size(flags) - 1 > option.size() ? 2 : 0;
}

void record_route(std::uint8_t* option, std::uint32_t address) {
    if (option[2] > option[1]) return;
    store32(option + option[2] - 1, address);
    option[2] = static_cast<std::uint8_t>(option[2] + 4);
}

void record_time(std::uint8_t* option, std::uint32_t address, std::uint32_t time) {
    const std::uint8_t flags = option[3] & 0x0fU;
    if (option[2] > option[1]) {
        if (flags != kAsked) option[3] = static_cast<std::uint8_t>(option[3] + 0x10);
        return;
    }
    std::uint8_t* entry = option + option[2] - 1;
    if (flags == kAsked && load32(entry) != address) return;
    if (flags == kAddressesAndTimes) store32(entry, address);
    store32(flags == kTimesOnly ? entry : entry + 4, time);
    option[2] = static_cast<std::uint8_t>(option[2] + entry_size(flags));
}

}  // namespace

OptionsCheck check_ipv4_options(Bytes header) {
    const Bytes options = header.subspan(kIpv4Size);
    OptionsCheck check;
    const auto malformed = [&](std::size_t offset) {
        check = {OptionsVerdict::malformed, static_cast<std::uint8_t>(kIpv4Size + offset)};
    };
    const std::size_t end = walk(options, [&](std::size_t offset, Bytes option) {
        std::uint8_t fault = 0;
        switch (option[0]) {
            case kLooseSourceRoute:
            case kStrictSourceRoute: check.verdict = OptionsVerdict::source_route; break;
            case kRecordRoute: fault = fault_of_record_route(option); break;
            case kTimestamp: fault = fault_of_timestamp(option); break;
            default: break;
        }
        if (fault != 0) malformed(offset + fault);
        return check.verdict == OptionsVerdict::good;
    });
    // The length, which may itself be missing.
    if (end != options.size()) malformed(std::min(end + 1, options.size() - 1));
    return check;
}

void record_in_ipv4_options(std::uint8_t* header, std::uint32_t address,
                            std::uint32_t milliseconds) {
    const std::size_t size = Ipv4View(header).header_length();
    bool changed = false;
    walk(Bytes(header + kIpv4Size, size - kIpv4Size), [&](std::size_t offset, Bytes option) {
        std::uint8_t* at = header + kIpv4Size + offset;
        if (option[0] == kRecordRoute) record_route(at, address);
        if (option[0] == kTimestamp) record_time(at, address, milliseconds | kNotUniversalTime);
        changed = changed || option[0] == kRecordRoute || option[0] == kTimestamp;
        return true;
    });
    if (!changed) return;
    store16(header + 10, 0);
    store16(header + 10, internet_checksum(Bytes(header, size)));
}

std::size_t copy_fragment_options(Bytes options, std::uint8_t* out) {
    std::size_t size = 0;
    walk(options, [&](std::size_t, Bytes option) {
        if ((option[0] & kCopied) != 0) {
            std::ranges::copy(option, out + size);
            size += option.size();
        }
        return true;
    });
    while (size % 4 != 0) out[size++] = kEnd;
    return size;
}

}  // namespace torii::packet
