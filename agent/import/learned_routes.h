#pragma once

#include "controlplane/speaker/speaker.h"

#include <map>
#include <string>
#include <vector>

namespace torii::import {

// What the speakers of the node have learned, together.
class LearnedRoutes {
public:
    // No next hops: the speaker has none any more.
    void set(const std::string& instance, const Prefix& prefix,
             const speaker::SelectedNextHops& next_hops);
    // Which prefixes a speaker that is gone had.
    std::vector<Prefix> remove(const std::string& instance);

    // Of all speakers, by address; where there are external ones, only those, as one speaker would
    // choose. Empty: the prefix is not known.
    [[nodiscard]] std::vector<speaker::SelectedNextHop> next_hops(const Prefix& prefix) const;
    [[nodiscard]] std::vector<Prefix> prefixes() const;

private:
    std::map<Prefix, std::map<std::string, speaker::SelectedNextHops>> routes_;
};

}  // namespace torii::import
