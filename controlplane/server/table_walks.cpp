#include "controlplane/server/table_walks.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace torii::controlplane {

std::uint64_t TableWalks::begin(std::vector<Prefix> prefixes) {
    if (walks_.size() >= kWalksMost) walks_.erase(walks_.begin());
    std::ranges::make_heap(prefixes, std::greater{});
    walks_[++last_].heap = std::move(prefixes);
    return last_;
}

Result<std::uint64_t> TableWalks::go_on(std::uint64_t walk, std::size_t limit, const Visit& visit) {
    const auto found = walks_.find(walk);
    if (found == walks_.end()) {
        return fail("this table was left for too long: ask for it from the beginning");
    }
    std::vector<Prefix>& heap = found->second.heap;
    const std::size_t most = limit == 0 ? kAtOnce : std::min(limit, kAtOnce);
    std::size_t shown = 0;
    // What is looked at and not shown takes its time, too.
    for (std::size_t work = 0; work < kAtOnce && shown < most && !heap.empty();) {
        std::ranges::pop_heap(heap, std::greater{});
        const std::size_t here = visit(heap.back());
        shown += here;
        work += std::max<std::size_t>(here, 1);
        heap.pop_back();
    }
    if (heap.empty()) {
        walks_.erase(found);
        return 0;
    }
    found->second.end = scheduler_.after(kPatience, [this, walk] { walks_.erase(walk); });
    return walk;
}

}  // namespace torii::controlplane
