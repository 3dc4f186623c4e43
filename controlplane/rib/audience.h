#pragma once

#include "controlplane/rib/intern_store.h"
#include "platform/base/ip_address.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace torii::rib {

struct AddressesHash {
    std::size_t operator()(const std::vector<IpAddress>& addresses) const {
        std::size_t hash = addresses.size();
        for (const IpAddress& address : addresses)
            hash = hash * 1000003U + IpAddressHash{}(address);
        return hash;
    }
};

// The peers that alone are told of a route that we originate, sorted. Unset: all are.
using AudienceStore = InternStore<std::vector<IpAddress>, AddressesHash>;
using Audience = AudienceStore::Handle;

[[nodiscard]] inline bool includes(const Audience& audience, const IpAddress& peer) {
    return !audience || std::ranges::binary_search(*audience, peer);
}

}  // namespace torii::rib
