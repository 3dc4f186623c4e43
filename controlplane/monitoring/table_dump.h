#pragma once

#include "controlplane/monitoring/mrt.h"
#include "controlplane/monitoring/mrt_file.h"
#include "controlplane/speaker/session_observer.h"
#include "platform/base/clock.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace torii::monitoring {

// One dump of the tables to a file (RFC 6396 section 4.3), in portions: each prefix is as it was
// when its portion was written. Peers that have come since the begin are left out.
class TableDump {
public:
    struct Now {
        TimePoint steady;
        UnixTime time{0};
    };

    [[nodiscard]] static Result<TableDump> begin(const speaker::RouteSource& source,
                                                 const std::string& name, const Now& now);

    // At most `limit` prefixes. False: it is complete, and the file is there.
    [[nodiscard]] Result<bool> portion(std::size_t limit, const Now& now);
    [[nodiscard]] const MrtFile& file() const { return file_; }

private:
    TableDump(const speaker::RouteSource& source, MrtFile file, const Now& now);
    Result<void> write_entry(const Prefix& prefix, std::span<const rib::Path> paths,
                             const Now& now);

    const speaker::RouteSource* source_;
    MrtFile file_;
    MrtTableDump records_;
    // By PeerId: the place in the index, and who it was when that was written.
    struct Known {
        std::uint16_t place = 0;
        std::optional<IpAddress> address;
        bool present = false;
    };
    std::vector<Known> places_;
    std::size_t family_ = 0;  // of bgp::kFamilies
    rib::EntryId next_ = 0;
};

}  // namespace torii::monitoring
