#include "mgmt/server/packet_options.h"

#include "platform/base/prefix.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace torii::mgmt {
namespace {

using Read = Result<void> (*)(const std::string& value, PacketOptions& options);

struct Option {
    std::string_view word;
    std::string_view help;
    bool of_trace = true;
    Read read = nullptr;
};

constexpr std::pair<std::string_view, std::uint32_t> kProtocols[] = {
    {"icmp", 1}, {"tcp", 6}, {"udp", 17}, {"icmpv6", 58}, {"sctp", 132}};
constexpr std::pair<std::string_view, ipc::CapturePoint> kPoints[] = {{"rx", ipc::CAPTURE_RX},
                                                                      {"tx", ipc::CAPTURE_TX},
                                                                      {"drop", ipc::CAPTURE_DROP},
                                                                      {"punt", ipc::CAPTURE_PUNT}};

Result<std::uint32_t> read_number(const std::string& text, std::uint32_t most) {
    std::uint32_t number = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || number > most) {
        return fail("\"{}\" is no number up to {}", text, most);
    }
    return number;
}

Result<std::string> read_prefix(const std::string& text) {
    if (text.find('/') == text.npos) {
        const auto address = IpAddress::parse(text);
        if (!address) return unexpected(address.error());
        return Prefix::host(*address).to_string();
    }
    const auto prefix = Prefix::parse(text);
    if (!prefix) return unexpected(prefix.error());
    return prefix->to_string();
}

using SetPrefix = void (*)(ipc::PacketFilter& filter, const std::string& prefix);

template <SetPrefix Set>
Result<void> read_prefix_into(const std::string& value, PacketOptions& options) {
    const Result<std::string> prefix = read_prefix(value);
    if (!prefix) return unexpected(prefix.error());
    Set(options.filter, *prefix);
    return {};
}

void set_host(ipc::PacketFilter& filter, const std::string& prefix) {
    filter.set_host(prefix);
}
void set_source(ipc::PacketFilter& filter, const std::string& prefix) {
    filter.set_source(prefix);
}
void set_destination(ipc::PacketFilter& filter, const std::string& prefix) {
    filter.set_destination(prefix);
}

Result<void> read_count(const std::string& value, PacketOptions& options) {
    const auto count = read_number(value, 10'000'000);
    if (!count) return unexpected(count.error());
    if (*count == 0) return fail("count must be 1 or more");
    options.count = *count;
    return {};
}

Result<void> read_protocol(const std::string& value, PacketOptions& options) {
    for (const auto& [name, number] : kProtocols) {
        if (name != value) continue;
        options.filter.set_protocol(number);
        return {};
    }
    const auto number = read_number(value, 255);
    if (!number) return unexpected(number.error());
    options.filter.set_protocol(*number);
    return {};
}

Result<void> read_transport_port(const std::string& value, PacketOptions& options) {
    const auto port = read_number(value, 65535);
    if (!port) return unexpected(port.error());
    options.filter.set_transport_port(*port);
    return {};
}

Result<void> read_file(const std::string& value, PacketOptions& options) {
    options.file = value;
    return {};
}

Result<void> read_snap_length(const std::string& value, PacketOptions& options) {
    const auto length = read_number(value, 65535);
    if (!length) return unexpected(length.error());
    options.snap_length = *length;
    return {};
}

Result<void> read_point(const std::string& value, PacketOptions& options) {
    for (const auto& [name, point] : kPoints) {
        if (name != value) continue;
        options.points.push_back(point);
        return {};
    }
    return fail("\"{}\" is no point: there are rx, tx, drop and punt", value);
}

const Option kOptions[] = {
    {"count", "How many packets.", true, read_count},
    {"host", "An address or prefix they come from or go to.", true, read_prefix_into<set_host>},
    {"source", "An address or prefix they come from.", true, read_prefix_into<set_source>},
    {"destination", "An address or prefix they go to.", true, read_prefix_into<set_destination>},
    {"protocol", "icmp, tcp, udp, icmpv6, sctp or a number.", true, read_protocol},
    {"port", "A port of TCP, UDP or SCTP.", true, read_transport_port},
    {"interface", "The interface they come in by.", true,
     [](const std::string& value, PacketOptions& options) -> Result<void> {
         options.filter.set_port(value);
         return {};
     }},
    {"file", "Name of the file.", false, read_file},
    {"at", "rx, tx, drop or punt; may be given several times.", false, read_point},
    {"length", "How many octets of a packet are kept.", false, read_snap_length},
};

// Traces have no file, captures name their interface before.
bool belongs(const Option& option, bool trace) {
    return trace ? option.of_trace : option.word != "interface";
}

Result<PacketOptions> read_options(std::span<const std::string> words, bool trace) {
    PacketOptions options;
    for (std::size_t index = 0; index < words.size(); index += 2) {
        const std::string& word = words[index];
        const auto* const option = std::ranges::find_if(kOptions, [&](const Option& one) {
            return belongs(one, trace) && one.word.starts_with(word);
        });
        if (option == std::end(kOptions)) {
            std::string known;
            for (const Option& one : kOptions) {
                if (belongs(one, trace)) known += fmt::format(" {}", one.word);
            }
            return fail("\"{}\" is not known here; there are{}", word, known);
        }
        if (index + 1 == words.size()) return fail("{} needs a value", option->word);
        const Result<void> read = option->read(words[index + 1], options);
        if (!read) return fail("{}: {}", option->word, read.error().message);
    }
    return options;
}

std::vector<yang::Choice> choices(std::span<const std::string> before, bool trace) {
    std::vector<yang::Choice> out;
    if (before.size() % 2 == 0) {
        for (const Option& option : kOptions) {
            if (!belongs(option, trace)) continue;
            out.push_back({std::string(option.word), std::string(option.help)});
        }
    } else if (before.back() == "at") {
        for (const auto& [name, point] : kPoints) out.push_back({std::string(name), ""});
    } else if (before.back() == "protocol") {
        for (const auto& [name, number] : kProtocols) out.push_back({std::string(name), ""});
    }
    return out;
}

}  // namespace

Result<PacketOptions> read_trace_options(std::span<const std::string> words) {
    return read_options(words, true);
}

Result<PacketOptions> read_capture_options(std::span<const std::string> words) {
    return read_options(words, false);
}

std::vector<yang::Choice> trace_choices(std::span<const std::string> before) {
    return choices(before, true);
}

std::vector<yang::Choice> capture_choices(std::span<const std::string> before) {
    return choices(before, false);
}

}  // namespace torii::mgmt
