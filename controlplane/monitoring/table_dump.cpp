#include "controlplane/monitoring/table_dump.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace torii::monitoring {
namespace {

constexpr std::string_view kView;  // the only one has no name
// The count of peers, as that of a prefix's paths, has two octets (RFC 6396 section 4.3).
constexpr std::size_t kCountMax = 0xffff;

std::uint32_t seconds_of(UnixTime time) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

}  // namespace

Result<TableDump> TableDump::begin(const speaker::RouteSource& source, const std::string& name,
                                   const Now& now) {
    auto file = MrtFile::create(name);
    if (!file) return unexpected(file.error());
    TableDump dump(source, std::move(*file), now);
    std::vector<MrtPeer> index;
    const std::vector<speaker::TablePeer> peers = source.table_peers();
    for (const speaker::TablePeer& peer : peers) {
        if (index.size() == kCountMax) break;
        if (dump.places_.size() <= peer.id.value()) dump.places_.resize(peer.id.value() + 1U);
        dump.places_[peer.id.value()] = {static_cast<std::uint16_t>(index.size()), peer.address,
                                         false};
        index.push_back({peer.address, peer.as, peer.router_id});
    }
    const auto record = dump.records_.peer_index(peers.front().router_id, kView, index);
    if (auto done = dump.file_.add(record); !done) return unexpected(done.error());
    return dump;
}

TableDump::TableDump(const speaker::RouteSource& source, MrtFile file, const Now& now)
    : source_(&source), file_(std::move(file)), records_(seconds_of(now.time)) {}

Result<bool> TableDump::portion(std::size_t limit, const Now& now) {
    // Numbers of peers that have gone may belong to others now.
    for (Known& known : places_) known.present = false;
    for (const speaker::TablePeer& peer : source_->table_peers()) {
        if (peer.id.value() >= places_.size()) continue;
        Known& known = places_[peer.id.value()];
        known.present = known.address == peer.address;
    }
    Result<void> written;
    const auto visit = [&](const Prefix& prefix, std::span<const rib::Path> paths) {
        if (written) written = write_entry(prefix, paths, now);
    };
    const bool more = source_->read_table(bgp::kFamilies[family_], next_, limit, visit);
    if (!written) return unexpected(written.error());
    if (more) return true;
    next_ = 0;
    if (++family_ < std::size(bgp::kFamilies)) return true;
    if (auto done = file_.commit(); !done) return unexpected(done.error());
    return false;
}

Result<void> TableDump::write_entry(const Prefix& prefix, std::span<const rib::Path> paths,
                                    const Now& now) {
    std::vector<bgp::PathAttributes> attributes;
    attributes.reserve(paths.size());  // their addresses are kept
    std::vector<MrtPath> entries;
    for (const rib::Path& path : paths) {
        const std::size_t peer = path.peer.value();
        if (peer >= places_.size() || !places_[peer].present || entries.size() == kCountMax)
            continue;
        attributes.push_back(path.attributes.unpack());
        const UnixTime age =
            std::chrono::duration_cast<UnixTime>(std::max(Duration{0}, now.steady - path.since));
        entries.push_back({places_[peer].place, seconds_of(now.time - age), &attributes.back()});
    }
    if (entries.empty()) return {};
    return file_.add(records_.rib_entry(prefix, entries));
}

}  // namespace torii::monitoring
