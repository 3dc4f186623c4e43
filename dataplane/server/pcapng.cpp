#include "dataplane/server/pcapng.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace torii::dataplane {
namespace {

// Block types, option codes and values of draft-ietf-opsawg-pcapng sections 4 and 3.5.
constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint16_t kEndOfOptions = 0;
constexpr std::uint16_t kComment = 1;
constexpr std::uint16_t kInterfaceName = 2;
constexpr std::uint16_t kFlags = 2;
constexpr std::uint16_t kTimeResolution = 9;
constexpr char kNanoseconds = 9;  // 10 to the minus
constexpr std::uint16_t kLinkEthernet = 1;
constexpr std::uint32_t kInbound = 1;
constexpr std::uint32_t kOutbound = 2;
constexpr mode_t kMode = 0640;

}  // namespace

Result<PcapngFile> PcapngFile::create(const std::string& path, std::string_view interface) {
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kMode);
    if (descriptor < 0) return fail("cannot write {}: {}", path, std::strerror(errno));
    PcapngFile file(descriptor);
    file.begin(kSectionHeader);
    file.put32(kByteOrderMagic);
    file.put16(1);  // version 1.0
    file.put16(0);
    file.put32(0xffffffff);  // the section's length is not known
    file.put32(0xffffffff);
    if (const auto done = file.end(); !done) return unexpected(done.error());
    file.begin(kInterfaceDescription);
    file.put16(kLinkEthernet);
    file.put16(0);
    file.put32(0);  // no limit
    file.put_option(kInterfaceName, interface);
    file.put_option(kTimeResolution, std::string_view(&kNanoseconds, 1));
    file.put_option(kEndOfOptions, {});
    if (const auto done = file.end(); !done) return unexpected(done.error());
    return file;
}

PcapngFile::~PcapngFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> PcapngFile::write(const PcapngFrame& frame) {
    const auto time = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(frame.time.time_since_epoch())
            .count());
    begin(kEnhancedPacket);
    put32(0);  // the interface
    put32(static_cast<std::uint32_t>(time >> 32U));
    put32(static_cast<std::uint32_t>(time));
    put32(static_cast<std::uint32_t>(frame.octets.size()));
    put32(frame.length);
    put_octets(frame.octets.data(), frame.octets.size());
    fill_word();
    const std::uint32_t flags = frame.outbound ? kOutbound : kInbound;
    put_option(kFlags, {reinterpret_cast<const char*>(&flags), sizeof flags});
    if (!frame.comment.empty()) put_option(kComment, frame.comment);
    put_option(kEndOfOptions, {});
    return end();
}

void PcapngFile::begin(std::uint32_t type) {
    block_.clear();
    put32(type);
    put32(0);  // its length comes here
}

// In the byte order of the machine: the reader sees it by the magic number.
void PcapngFile::put16(std::uint16_t value) {
    put_octets(&value, sizeof value);
}

void PcapngFile::put32(std::uint32_t value) {
    put_octets(&value, sizeof value);
}

void PcapngFile::put_octets(const void* octets, std::size_t size) {
    const auto* from = static_cast<const std::uint8_t*>(octets);
    block_.insert(block_.end(), from, from + size);
}

void PcapngFile::fill_word() {
    block_.resize((block_.size() + 3) / 4 * 4);
}

void PcapngFile::put_option(std::uint16_t code, std::string_view value) {
    put16(code);
    put16(static_cast<std::uint16_t>(value.size()));
    put_octets(value.data(), value.size());
    fill_word();
}

Result<void> PcapngFile::end() {
    const auto length = static_cast<std::uint32_t>(block_.size() + sizeof(std::uint32_t));
    put32(length);
    std::memcpy(block_.data() + sizeof(std::uint32_t), &length, sizeof length);
    const ssize_t written = ::write(descriptor_, block_.data(), block_.size());
    if (written != static_cast<ssize_t>(block_.size())) {
        return fail("{}", written < 0 ? std::strerror(errno) : "the disk is full");
    }
    size_ += block_.size();
    return {};
}

}  // namespace torii::dataplane
