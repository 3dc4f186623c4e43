#include "mgmt/show/recording.h"

#include "mgmt/show/text.h"

#include <fmt/format.h>

namespace torii::show {
namespace {

std::string endpoint(const ipc::BmpStationState& station) {
    return is_ipv6(station.address()) ? fmt::format("[{}]:{}", station.address(), station.port())
                                      : fmt::format("{}:{}", station.address(), station.port());
}

void station_lines(const ipc::BmpStationState& station, std::string& out) {
    const bool up = station.state() == "Up";
    out += fmt::format("\n  Station \"{}\" {}\n", station.name(), endpoint(station));
    out += fmt::format("    State: {}, for {}", station.state(), elapsed(station.state_seconds()));
    if (station.state() == "Down") {
        out += fmt::format(", next attempt in {} s", station.retry_seconds());
    }
    out += fmt::format("\n    Local address: {}\n", up ? station.local_address() : "(unspec)");
    out += "    Route Monitoring IPv4 Unicast pre-policy, IPv6 Unicast pre-policy\n";
    if (station.statistics_interval() == 0) {
        out += "    Statistics reports are off\n";
    } else {
        out += fmt::format("    Statistics reports every {} s\n", station.statistics_interval());
    }
    if (station.tables_pending() != 0) {
        out += fmt::format("    Tables yet to be sent: {}\n", station.tables_pending());
    }
    out += fmt::format("    Connections: {}, attempts that failed: {}, dropped as too slow: {}\n",
                       station.connections(), station.connect_failures(), station.overruns());
    if (!station.last_error().empty()) {
        out += fmt::format("    Last error: {}\n", station.last_error());
    }
}

}  // namespace

std::string bmp_stations(const ipc::BmpStations& stations) {
    if (stations.stations().empty()) return "No BMP station is configured.\n";
    std::string out = "BMP state:\n";
    Table table({"remote", "uptime", "state", "MonSent", "ByteSent", "ByteQ", "ByteLimit"});
    for (const ipc::BmpStationState& station : stations.stations()) {
        station_lines(station, out);
        table.add({endpoint(station),
                   station.state() == "Up" ? elapsed(station.state_seconds()) : "-",
                   station.state(), std::to_string(station.messages_sent()),
                   std::to_string(station.octets_sent()), std::to_string(station.queued()),
                   std::to_string(station.buffer_limit())});
    }
    return out + "\n" + table.text();
}

std::string mrt_files(const ipc::MrtState& state) {
    std::string out;
    for (const ipc::MrtFileState& file : state.files()) {
        if (!out.empty()) out += "\n";
        if (file.pattern().empty()) {
            out += fmt::format("{}: not configured\n", file.kind());
        } else {
            out += fmt::format("{}: {} every {} s, next in {} s\n", file.kind(), file.pattern(),
                               file.interval(), file.next_seconds());
        }
        out += fmt::format("  Files written: {}, failures: {}{}\n", file.files(), file.failures(),
                           file.writing() ? ", one is being written" : "");
        if (file.has_last()) {
            out += fmt::format("  Last: {} {} ago, {} records, {} octets\n", file.last().file(),
                               elapsed(file.last_seconds()), file.last().records(),
                               file.last().octets());
        }
        if (!file.last_error().empty()) out += fmt::format("  Error: {}\n", file.last_error());
    }
    return out;
}

std::string mrt_written(const ipc::MrtWritten& written) {
    return fmt::format("{}: {} records, {} octets\n", written.file(), written.records(),
                       written.octets());
}

}  // namespace torii::show
