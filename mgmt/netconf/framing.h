#pragma once

#include "platform/base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace torii::netconf {

// Larger messages end the session. With the rest of a frame they fit into ipc::kFrameSizeMax.
inline constexpr std::size_t kMessageSizeMax = std::size_t{64} * 1024 * 1024 - 4096;

// How messages are parted (RFC 6242): by ]]>]]> (section 4.3), or in chunks with their lengths
// (section 4.2), which is for both sides when both have said base:1.1.
enum class Framing { end_of_message, chunked };

// Finds the messages in what a client sends.
class MessageReader {
public:
    explicit MessageReader(std::size_t size_max = kMessageSizeMax) : size_max_(size_max) {}

    void append(std::string_view octets) { pending_ += octets; }
    // Octets that next() has not taken.
    [[nodiscard]] std::size_t buffered() const { return pending_.size() - position_; }

    // The next whole message, or nothing yet. After an error the stream cannot be read any further.
    [[nodiscard]] Result<std::optional<std::string>> next();

    // From the message after the one that next() gave last.
    void switch_to(Framing framing) { framing_ = framing; }

private:
    Result<std::optional<std::string>> next_by_mark();
    Result<std::optional<std::string>> next_by_chunks();
    // Takes one chunk, or the end of the chunks. False: there is not enough yet.
    Result<bool> take_chunk();
    Result<bool> take_header(std::string_view digits);
    [[nodiscard]] std::string_view left() const {
        return std::string_view(pending_).substr(position_);
    }
    void forget_taken();
    [[nodiscard]] tl::unexpected<Error> too_large() const;

    std::size_t size_max_;
    Framing framing_ = Framing::end_of_message;
    std::string pending_;
    std::size_t position_ = 0;  // before it everything was taken
    std::size_t searched_ = 0;  // before it no mark begins
    // In chunks:
    std::string message_;
    std::size_t chunk_left_ = 0;
    bool chunks_begun_ = false;
    bool ended_ = false;
};

// A message as it goes out.
[[nodiscard]] std::string framed(std::string_view message, Framing framing);

}  // namespace torii::netconf
