#pragma once

#include "platform/base/clock.h"
#include "platform/base/prefix.h"
#include "platform/base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace torii::controlplane {

// Tables that are shown in portions: whoever asks for one gets its first lines and a number to go
// on with, and between two portions the sessions have their turn. What has come or gone meanwhile
// is shown as it is then.
class TableWalks {
public:
    // Shows a prefix, and says how much that was.
    using Visit = std::function<std::size_t(const Prefix&)>;

    // What a portion comes to at most: some milliseconds of work, and far from what a message
    // holds.
    static constexpr std::size_t kAtOnce = 1000;
    // Walks that nobody goes on with end after this time, or when too many have begun after them. A
    // person who reads page by page takes it.
    static constexpr Seconds kPatience{600};
    static constexpr std::size_t kWalksMost = 16;

    explicit TableWalks(Scheduler& scheduler) : scheduler_(scheduler) {}

    // A walk over prefixes in whatever order; it goes through them sorted.
    [[nodiscard]] std::uint64_t begin(std::vector<Prefix> prefixes);
    // Visits the next ones, until those came to `limit` (0: none) or to a portion. The number to go
    // on with; 0: those were the last.
    [[nodiscard]] Result<std::uint64_t> go_on(std::uint64_t walk, std::size_t limit,
                                              const Visit& visit);

private:
    struct Walk {
        std::vector<Prefix> heap;  // the least first: sorted no further than it is walked
        Timer end;
    };

    Scheduler& scheduler_;
    std::map<std::uint64_t, Walk> walks_;
    std::uint64_t last_ = 0;
};

}  // namespace torii::controlplane
