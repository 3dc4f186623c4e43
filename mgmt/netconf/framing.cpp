#include "mgmt/netconf/framing.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace torii::netconf {
namespace {

constexpr std::string_view kMark = "]]>]]>";
// RFC 6242 section 4.2: 1 to 4294967295, without a zero in front.
constexpr std::size_t kDigitsMax = 10;
// Larger chunks are allowed, but some clients read a chunk into a buffer of its size.
constexpr std::size_t kChunkSize = std::size_t{64} * 1024;
// What was taken is dropped when so much of it is there.
constexpr std::size_t kForgetAt = std::size_t{64} * 1024;

}  // namespace

tl::unexpected<Error> MessageReader::too_large() const {
    return fail("a message is larger than {} octets", size_max_);
}

void MessageReader::forget_taken() {
    if (position_ < kForgetAt && position_ < pending_.size()) return;
    pending_.erase(0, position_);
    position_ = 0;
}

Result<std::optional<std::string>> MessageReader::next() {
    auto message = framing_ == Framing::chunked ? next_by_chunks() : next_by_mark();
    forget_taken();
    return message;
}

Result<std::optional<std::string>> MessageReader::next_by_mark() {
    const std::string_view rest = left();
    const auto mark = rest.find(kMark, searched_);
    if (mark == rest.npos) {
        // The mark may have come in part.
        searched_ = rest.size() < kMark.size() ? 0 : rest.size() - kMark.size() + 1;
        if (rest.size() > size_max_ + kMark.size()) return too_large();
        return std::nullopt;
    }
    if (mark > size_max_) return too_large();
    std::string message(rest.substr(0, mark));
    position_ += mark + kMark.size();
    searched_ = 0;
    return message;
}

Result<std::optional<std::string>> MessageReader::next_by_chunks() {
    while (true) {
        const auto taken = take_chunk();
        if (!taken) return unexpected(taken.error());
        if (!*taken) return std::nullopt;
        if (!std::exchange(ended_, false)) continue;
        chunks_begun_ = false;
        return std::exchange(message_, {});
    }
}

Result<bool> MessageReader::take_chunk() {
    if (chunk_left_ != 0) {
        const std::string_view part = left().substr(0, chunk_left_);
        message_ += part;
        position_ += part.size();
        chunk_left_ -= part.size();
        return chunk_left_ == 0;
    }
    const std::string_view rest = left();
    if (rest.size() < 3) {
        if (!std::string_view("\n#").starts_with(rest.substr(0, 2))) {
            return fail("a chunk does not begin with a new line and #");
        }
        return false;
    }
    if (!rest.starts_with("\n#")) return fail("a chunk does not begin with a new line and #");
    const auto end = rest.find('\n', 2);
    // Before the end of the line comes what is longer than any length.
    const std::string_view digits = rest.substr(2, std::min(end - 2, kDigitsMax + 1));
    if (digits.size() > kDigitsMax) return fail("the length of a chunk has too many digits");
    if (end == rest.npos) {
        const bool good = digits == "#" || std::ranges::all_of(digits, [](char digit) {
                              return digit >= '0' && digit <= '9';
                          });
        if (!good) return fail("the length of a chunk is no number");
        return false;
    }
    auto done = take_header(digits);
    if (done) position_ += end + 1;
    return done;
}

Result<bool> MessageReader::take_header(std::string_view digits) {
    if (digits == "#") {
        if (!chunks_begun_) return fail("a message has no chunk");
        ended_ = true;
        return true;
    }
    std::uint32_t length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.starts_with('0')) {
        return fail("the length of a chunk is no number from 1 to 4294967295");
    }
    if (length > size_max_ - message_.size()) return too_large();
    chunk_left_ = length;
    chunks_begun_ = true;
    return true;
}

std::string framed(std::string_view message, Framing framing) {
    std::string out;
    if (framing == Framing::end_of_message) {
        out.reserve(message.size() + kMark.size());
        out += message;
        out += kMark;
        return out;
    }
    out.reserve(message.size() + (message.size() / kChunkSize + 1) * (kDigitsMax + 3) + 4);
    while (!message.empty()) {
        const std::string_view chunk = message.substr(0, kChunkSize);
        out += fmt::format("\n#{}\n", chunk.size());
        out += chunk;
        message.remove_prefix(chunk.size());
    }
    out += "\n##\n";
    return out;
}

}  // namespace torii::netconf
