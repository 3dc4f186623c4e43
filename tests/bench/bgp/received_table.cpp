#include "tests/bench/bgp/received_table.h"

#include <algorithm>

namespace torii::bench {

ReceivedTable::ReceivedTable(const Numbering& numbering, const Target& target,
                             std::size_t own_first, std::size_t own_end)
    : numbering_(numbering),
      target_(target),
      own_first_(own_first),
      own_end_(own_end),
      seen_(numbering.size()) {
    recount();
}

void ReceivedTable::clear() {
    std::ranges::fill(seen_, Version{0});
    recount();
}

void ReceivedTable::recount() {
    missing_ = 0;
    for (std::size_t number = 0; number < seen_.size(); ++number) {
        const bool own = number >= own_first_ && number < own_end_;
        if (!own && seen_[number] != target_[number]) ++missing_;
    }
}

bool ReceivedTable::apply(const UpdateView& update) {
    const bool known = numbering_.for_each(update.withdrawn, [this](std::size_t number) {
        ++withdrawals_;
        set(number, 0);
    });
    if (update.announced.empty()) return known;
    const Version version = version_of(update.communities);
    return numbering_.for_each(update.announced, [this, version](std::size_t number) {
        ++announcements_;
        set(number, version);
    }) && known;
}

void ReceivedTable::set(std::size_t number, Version version) {
    const Version before = seen_[number];
    seen_[number] = version;
    if (number >= own_first_ && number < own_end_) return;
    const Version wanted = target_[number];
    missing_ += before == wanted ? 1 : 0;
    missing_ -= version == wanted ? 1 : 0;
}

}  // namespace torii::bench
