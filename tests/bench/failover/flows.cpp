// Streams packets through a router and tells which node behind it got them, and when: see the
// README.

#include "tests/bench/failover/packet_sink.h"
#include "tests/bench/failover/packet_source.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <poll.h>
#include <sstream>
#include <string>
#include <unistd.h>

namespace {

using namespace torii;
using bench::Nanoseconds;

constexpr int kWaitMilliseconds = 1;
constexpr double kSecond = 1e9;

struct Options {
    std::string source_namespace;
    std::string source_interface;
    std::string sink_namespace;
    std::string sink_interface;
    std::string gateway_mac;
    std::string source_address;
    std::string first_destination;
    std::uint32_t destinations = 1;
    std::uint32_t rate = 0;
    std::size_t nodes = 1;
};

double seconds(Nanoseconds time) {
    return static_cast<double>(time) / kSecond;
}

Result<MacAddress> parse_mac(const std::string& text) {
    MacAddress mac;
    auto& octets = mac.octets;
    const int found = std::sscanf(text.c_str(), "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &octets[0],
                                  &octets[1], &octets[2], &octets[3], &octets[4], &octets[5]);
    if (found != 6) return fail("{} is no MAC address", text);
    return mac;
}

Result<bench::FlowSettings> settings_of(const Options& options) {
    const auto gateway = parse_mac(options.gateway_mac);
    const auto source = IpAddress::parse(options.source_address);
    const auto destination = IpAddress::parse(options.first_destination);
    if (!gateway) return unexpected(gateway.error());
    if (!source || !destination || !source->is_v4() || !destination->is_v4()) {
        return fail("{} or {} is no IPv4 address", options.source_address,
                    options.first_destination);
    }
    return bench::FlowSettings{*gateway, source->v4_number(), destination->v4_number(),
                               options.destinations, options.rate};
}

class Flows {
public:
    Flows(bench::PacketSocket source, bench::PacketSocket sink, const Options& options,
          const bench::FlowSettings& settings)
        : ledger_(options.nodes),
          source_(std::move(source), settings, ledger_),
          sink_(std::move(sink), ledger_) {}

    // Until standard input ends. Each line is a span of time, two numbers of seconds; the answer is
    // what happened in it.
    void run() {
        source_.start(bench::monotonic_now());
        std::array<pollfd, 2> watched{{{STDIN_FILENO, POLLIN, 0}, {sink_.descriptor(), POLLIN, 0}}};
        while (true) {
            source_.send(bench::monotonic_now());
            sink_.receive();
            ::poll(watched.data(), 1, kWaitMilliseconds);
            if (watched[0].revents == 0) continue;
            std::string line;
            if (!std::getline(std::cin, line)) return;
            answer(line);
        }
    }

private:
    void answer(const std::string& line) {
        sink_.receive();
        double from = 0;
        double to = 0;
        std::istringstream(line) >> from >> to;
        const auto account = ledger_.account(static_cast<Nanoseconds>(from * kSecond),
                                             static_cast<Nanoseconds>(to * kSecond));
        std::string last;
        for (const Nanoseconds time : account.last) {
            last += fmt::format("{}{:.6f}", last.empty() ? "" : ", ", seconds(time));
        }
        fmt::print(R"({{"sent": {}, "lost": {}, "lost_span": {:.6f}, "twice": {}, "strays": {}, )"
                   R"("width": {}, "failures": {}, "missed": {}, "last": [{}]}})"
                   "\n",
                   account.sent, account.lost, seconds(account.last_lost - account.first_lost),
                   account.twice, account.strays, account.width, source_.failures(), sink_.missed(),
                   last);
        std::fflush(stdout);
    }

    bench::Ledger ledger_;
    bench::PacketSource source_;
    bench::PacketSink sink_;
};

Result<void> run(const Options& options) {
    const auto settings = settings_of(options);
    if (!settings) return unexpected(settings.error());
    auto source =
        bench::PacketSocket::for_sending(options.source_namespace, options.source_interface);
    if (!source) return unexpected(source.error());
    auto sink = bench::PacketSocket::for_receiving(options.sink_namespace, options.sink_interface);
    if (!sink) return unexpected(sink.error());
    Flows(std::move(*source), std::move(*sink), options, *settings).run();
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Streams packets through a router to nodes and tells what became of them.");
    const auto required = [&](const char* name, auto& value, const char* text) {
        app.add_option(name, value, text)->required();
    };
    required("--from-namespace", options.source_namespace, "Where packets are sent");
    required("--from", options.source_interface, "Interface there");
    required("--to-namespace", options.sink_namespace, "Where they should arrive");
    required("--to", options.sink_interface, "Interface there that sees the packets of all nodes");
    required("--gateway", options.gateway_mac, "MAC address of the router");
    required("--source", options.source_address, "Source address of the packets");
    required("--first", options.first_destination, "First destination");
    required("--destinations", options.destinations, "How many, one after the other");
    required("--rate", options.rate, "Packets a second");
    required("--nodes", options.nodes, "MAC addresses end in 00:01 and up");
    CLI11_PARSE(app, argc, argv);
    if (const auto done = run(options); !done) {
        fmt::print(stderr, "{}\n", done.error().message);
        return 1;
    }
    return 0;
}
