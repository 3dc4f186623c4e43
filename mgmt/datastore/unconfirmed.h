#pragma once

#include "platform/base/durable_file.h"
#include "platform/base/result.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace torii::datastore {

// A commit that is in force but not what the router starts with: it is undone at its deadline
// unless it is confirmed before.
struct Unconfirmed {
    std::uint64_t commit = 0;
    std::string boot_id;                   // it does not survive the machine's end
    std::chrono::milliseconds deadline{};  // since boot
    std::string user;
    std::string persist_id;          // by which a NETCONF client names it (RFC 6241 section 8.4)
    bool ends_with_session = false;  // with its session's, too
};

// The note about it on the disk, beside the history, to be published: as long as it is there, the
// commit waits.
[[nodiscard]] Result<DurableFile> write_unconfirmed(const std::string& path,
                                                    const Unconfirmed& commit);
// Nothing when there is none, or none that can be read: a commit of which nobody knows how long it
// is good for is not to stay.
[[nodiscard]] std::optional<Unconfirmed> read_unconfirmed(const std::string& path);

}  // namespace torii::datastore
