#include "dataplane/pipeline/access_list.h"

#include "dataplane/packet/icmp.h"
#include "dataplane/packet/ipv4.h"

#include <algorithm>
#include <utility>

namespace torii::pipeline {

bool AccessRule::is_of(IpFamily family) const {
    if (source && source->family() != family) return false;
    if (destination && destination->family() != family) return false;
    // The two ICMPs are protocols of one family each.
    const std::uint8_t other =
        family == IpFamily::v4 ? packet::kProtocolIcmpv6 : packet::kProtocolIcmp;
    return protocol != other;
}

AccessList::AccessList(std::string name, std::vector<AccessRule> rules,
                       std::unique_ptr<AccessClassifier> ipv4,
                       std::unique_ptr<AccessClassifier> ipv6, unsigned workers)
    : name_(std::move(name)),
      rules_(std::move(rules)),
      ipv4_(std::move(ipv4)),
      ipv6_(std::move(ipv6)) {
    for (unsigned worker = 0; worker < workers; ++worker) {
        cells_.push_back(std::make_unique<Counter[]>(rules_.size() + 1));
    }
}

void AccessList::classify(IpFamily family, std::span<const std::uint8_t* const> keys,
                          std::uint32_t* found) const {
    const AccessClassifier* classifier = (family == IpFamily::v4 ? ipv4_ : ipv6_).get();
    if (classifier == nullptr) {
        std::fill_n(found, keys.size(), 0);
    } else {
        classifier->classify(keys, found);
    }
}

std::uint64_t AccessList::packets(std::uint32_t found) const {
    std::uint64_t sum = 0;
    for (const auto& cells : cells_) sum += cells[found].value();
    return sum;
}

}  // namespace torii::pipeline
