#include "platform/linux/listening_sockets.h"

#include <array>
#include <bit>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace torii {
namespace {

constexpr std::string_view kListening = "0A";  // TCP_LISTEN
constexpr std::size_t kWordDigits = 8;

std::optional<std::uint32_t> hexadecimal(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// The kernel prints an address as words of its memory, in the order of octets of the machine.
std::optional<IpAddress> address_of(std::string_view text) {
    std::vector<std::uint8_t> octets;
    while (text.size() >= kWordDigits) {
        const auto word = hexadecimal(text.substr(0, kWordDigits));
        if (!word) return std::nullopt;
        const auto part = std::bit_cast<std::array<std::uint8_t, 4>>(*word);
        octets.insert(octets.end(), part.begin(), part.end());
        text.remove_prefix(kWordDigits);
    }
    const auto address = IpAddress::from_bytes(octets);
    if (!address || !text.empty()) return std::nullopt;
    return *address;
}

}  // namespace

std::set<ListeningSocket> parse_listening_sockets(std::string_view text) {
    std::set<ListeningSocket> out;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        // "sl local_address rem_address st ..."
        std::istringstream words(line);
        std::string number;
        std::string local;
        std::string remote;
        std::string state;
        words >> number >> local >> remote >> state;
        const auto colon = local.find(':');
        if (state != kListening || colon == local.npos) continue;
        const auto address = address_of(std::string_view(local).substr(0, colon));
        const auto port = hexadecimal(std::string_view(local).substr(colon + 1));
        if (address && port) out.emplace(*address, static_cast<std::uint16_t>(*port));
    }
    return out;
}

std::set<ListeningSocket> listening_sockets() {
    std::set<ListeningSocket> out;
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::ifstream file(table);
        out.merge(parse_listening_sockets(std::string{std::istreambuf_iterator<char>(file), {}}));
    }
    return out;
}

}  // namespace torii
