// The first octet chooses the framing and how the others are cut: what comes out must not depend on
// that.
#include "mgmt/netconf/framing.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace torii::netconf;

namespace {

constexpr std::size_t kLimit = 200;

// Messages, and at last whether the stream was broken.
std::vector<std::string> read_all(std::string_view octets, Framing framing, std::size_t piece) {
    MessageReader reader(kLimit);
    reader.switch_to(framing);
    std::vector<std::string> out;
    while (!octets.empty()) {
        reader.append(octets.substr(0, piece));
        octets.remove_prefix(std::min(piece, octets.size()));
        while (true) {
            const auto message = reader.next();
            if (!message) {
                out.emplace_back("broken");
                return out;
            }
            if (!*message) break;
            if ((*message)->size() > kLimit) std::abort();
            out.push_back(**message);
        }
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Framing framing = data[0] % 2 == 0 ? Framing::chunked : Framing::end_of_message;
    const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read_all(octets, framing, octets.size() + 1);
    if (read_all(octets, framing, 1U + data[0] / 2U) != whole) std::abort();
    // What was read can be written and read again.
    for (const std::string& message : whole) {
        if (message.empty() || message.find("]]>]]>") != message.npos) continue;
        const std::string again = framed(message, framing);
        if (read_all(again, framing, 7) != std::vector{message}) std::abort();
    }
    return 0;
}
