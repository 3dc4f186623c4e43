#pragma once

#include "platform/base/byte_reader.h"
#include "platform/base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace torii::dataplane {

// A frame for a capture file.
struct PcapngFrame {
    std::chrono::system_clock::time_point time;
    std::uint32_t length = 0;  // there were this many octets
    Bytes octets;              // that are kept of it
    bool outbound = false;
    std::string_view comment;  // empty: none
};

// A file of frames of one Ethernet interface (draft-ietf-opsawg-pcapng): what tcpdump and Wireshark
// read. Written as it comes; goes with the object.
class PcapngFile {
public:
    // Makes the file, or makes an old one empty.
    static Result<PcapngFile> create(const std::string& path, std::string_view interface);
    PcapngFile(PcapngFile&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)),
          block_(std::move(other.block_)),
          size_(other.size_) {}
    PcapngFile& operator=(PcapngFile&&) = delete;
    PcapngFile(const PcapngFile&) = delete;
    PcapngFile& operator=(const PcapngFile&) = delete;
    ~PcapngFile();

    [[nodiscard]] Result<void> write(const PcapngFrame& frame);
    [[nodiscard]] std::uint64_t size() const { return size_; }

private:
    explicit PcapngFile(int descriptor) : descriptor_(descriptor) {}
    void begin(std::uint32_t type);
    void put16(std::uint16_t value);
    void put32(std::uint32_t value);
    void put_octets(const void* octets, std::size_t size);
    void fill_word();  // up to the next multiple of four octets
    void put_option(std::uint16_t code, std::string_view value);
    [[nodiscard]] Result<void> end();

    int descriptor_;
    std::vector<std::uint8_t> block_;  // that is being written
    std::uint64_t size_ = 0;
};

}  // namespace torii::dataplane
