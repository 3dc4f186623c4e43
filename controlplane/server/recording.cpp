#include "controlplane/server/recording.h"

#include <chrono>
#include <set>
#include <utility>

namespace torii::controlplane {
namespace {

constexpr std::uint32_t kPortMax = 65535;
constexpr std::size_t kMebibyte = std::size_t{1} << 20U;

monitoring::UnixTime time_of_day() {
    return std::chrono::duration_cast<monitoring::UnixTime>(
        std::chrono::system_clock::now().time_since_epoch());
}

Result<monitoring::BmpStationConfig> read_station(const ipc::BmpStationConfig& config) {
    monitoring::BmpStationConfig station;
    station.name = config.name();
    const auto address = IpAddress::parse(config.address());
    if (!address) return unexpected(address.error());
    if (address->is_unspecified() || address->is_multicast()) {
        return fail("not the address of a host");
    }
    station.address = *address;
    if (config.port() == 0 || config.port() > kPortMax) {
        return fail("port {}: must be 1 to 65535", config.port());
    }
    station.port = static_cast<std::uint16_t>(config.port());
    if (!config.source().empty()) {
        const auto source = IpAddress::parse(config.source());
        if (!source) return fail("source {}: {}", config.source(), source.error().message);
        if (source->family() != address->family()) {
            return fail("source {}: not of the station's address family", *source);
        }
        station.source = *source;
    }
    station.statistics_interval = Seconds(config.statistics_interval());
    if (config.buffer_limit() != 0) station.buffer_limit = config.buffer_limit() * kMebibyte;
    return station;
}

Result<monitoring::MrtSchedule> read_schedule(const ipc::MrtFileConfig& config) {
    if (config.interval() == 0) return fail("needs an interval");
    // Whatever is wrong with the name shows at any time.
    if (auto name = monitoring::file_name_at(config.file(), {}); !name) {
        return unexpected(name.error());
    }
    return monitoring::MrtSchedule{config.file(), Seconds(config.interval())};
}

}  // namespace

Result<RecordingSettings> read_recording(const ipc::BgpConfig& config) {
    RecordingSettings settings;
    std::set<std::string> names;
    for (const ipc::BmpStationConfig& one : config.bmp_stations()) {
        auto station = read_station(one);
        if (!station) return fail("bmp station {}: {}", one.name(), station.error().message);
        if (!names.insert(station->name).second) {
            return fail("bmp station {} is there twice", one.name());
        }
        settings.bmp.stations.push_back(std::move(*station));
    }
    if (config.has_mrt_routes()) {
        auto routes = read_schedule(config.mrt_routes());
        if (!routes) return fail("mrt routes: {}", routes.error().message);
        settings.mrt.routes = std::move(*routes);
    }
    if (config.has_mrt_updates()) {
        auto updates = read_schedule(config.mrt_updates());
        if (!updates) return fail("mrt updates: {}", updates.error().message);
        settings.mrt.updates = std::move(*updates);
    }
    return settings;
}

Recording::Recording(EventLoop& loop, speaker::RouteSource& source)
    : transport_(loop),
      bmp_(loop, transport_, source, time_of_day),
      mrt_(loop, source, time_of_day) {}

void Recording::configure(const RecordingSettings& settings, const std::string& hostname) {
    monitoring::BmpConfig bmp = settings.bmp;
    bmp.system_name = hostname;
    bmp.system_description = "Torii " TORII_VERSION;
    bmp_.configure(bmp);
    mrt_.configure(settings.mrt);
}

}  // namespace torii::controlplane
