#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/bgp/update.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace torii::bgp {

// Collects changes and packs them into as few UPDATE messages as the negotiated size allows:
// prefixes with equal attributes share messages, withdrawals come first.
class UpdateBuilder {
public:
    explicit UpdateBuilder(const UpdateContext& context);

    // A prefix may be announced or withdrawn at most once between two take().
    void announce(const Prefix& prefix, const PathAttributes& attributes);
    void withdraw(const Prefix& prefix);

    // All messages, each with its header, and an empty builder.
    [[nodiscard]] std::vector<std::vector<std::uint8_t>> take();
    // Prefixes whose attributes alone fill a message, since construction. They were withdrawn
    // instead, so that the peer does not keep an older path (RFC 8654 section 4 has the same rule).
    [[nodiscard]] std::size_t too_large() const { return too_large_; }

private:
    struct Group {
        PathAttributes attributes;
        Family family = Family::ipv4_unicast;
        std::vector<Prefix> prefixes;
    };
    using Index = std::unordered_map<PathAttributes, std::size_t>;
    using Messages = std::vector<std::vector<std::uint8_t>>;

    void write_group(const Group& group, Messages& messages);
    void write_withdrawals(Family family, std::span<const Prefix> prefixes, Messages& messages);

    UpdateContext context_;
    std::size_t size_max_;
    std::vector<Group> groups_;  // in order of arrival
    Index index_[2];             // by family
    std::vector<Prefix> withdrawn_[2];
    std::size_t too_large_ = 0;
};

// RFC 4724 section 2: the end of the initial routes of a family.
[[nodiscard]] std::vector<std::uint8_t> end_of_rib(Family family);

}  // namespace torii::bgp
