#pragma once

#include "controlplane/bgp/packed_attributes.h"
#include "controlplane/bgp/update.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>
#include <vector>

namespace torii::bgp {

// Collects changes and packs them into as few UPDATE messages as the negotiated size allows:
// prefixes with equal attributes share messages, withdrawals come first.
class UpdateBuilder {
public:
    // Prefixes of one family that are announced with the same attributes.
    using Set = std::size_t;

    explicit UpdateBuilder(const UpdateContext& context);

    // The attributes must stay until write().
    [[nodiscard]] Set add_set(Family family, const PackedAttributes& attributes);
    // A prefix, or with ADD-PATH a path of it, may be announced or withdrawn at most once between
    // two write(). Without ADD-PATH in the prefix's family the identifier is not written.
    void announce(const Prefix& prefix, Set set, PathId id = PathId{0});
    void announce(const Prefix& prefix, const PathAttributes& attributes, PathId id = PathId{0});
    // Several of one set: `route_of(id)` gives the prefix and its identifier.
    template <class RouteOf>
    void announce(std::span<const std::uint32_t> ids, Set set, const RouteOf& route_of) {
        Piece& piece = piece_at_end(set);
        for (const std::uint32_t id : ids) {
            const auto [prefix, path_id] = route_of(id);
            write_route(prefix, path_id, routes_);
        }
        piece.end = routes_.size();
    }
    void withdraw(const Prefix& prefix, PathId id = PathId{0});

    // Appends all messages, each with its header, and leaves an empty builder. Returns how many.
    std::size_t write(std::vector<std::uint8_t>& out);
    // The same, one by one.
    [[nodiscard]] std::vector<std::vector<std::uint8_t>> take();
    // Prefixes whose attributes alone fill a message, since construction. They were withdrawn
    // instead, so that the peer does not keep an older path (RFC 8654 section 4 has the same rule).
    [[nodiscard]] std::size_t too_large() const { return too_large_; }

private:
    static constexpr std::size_t kNone = ~std::size_t{0};

    // Prefixes, each as it is written, in `routes_`.
    struct Piece {
        std::size_t begin = 0;
        std::size_t end = 0;
        std::size_t next = kNone;  // of the same set
    };
    struct SetState {
        PackedAttributes attributes;
        Family family = Family::ipv4_unicast;
        std::size_t first = kNone;
        std::size_t last = kNone;
    };

    // Where further prefixes of a set go.
    [[nodiscard]] Piece& piece_at_end(Set set);
    void write_route(const Prefix& prefix, PathId id, ByteWriter& out) const;
    // How many octets of `routes` fit into `room`: whole ones only.
    [[nodiscard]] static std::size_t fitting(Bytes routes, bool with_ids, std::size_t room);
    [[nodiscard]] Bytes view(const Piece& piece) const {
        return routes_.view().subspan(piece.begin, piece.end - piece.begin);
    }
    void write_set(const SetState& set, std::vector<std::uint8_t>& out);
    [[nodiscard]] bool with_ids(Family family) const {
        return context_.add_path_send.contains(family);
    }
    void write_withdrawals(Family family, Bytes routes, std::vector<std::uint8_t>& out);

    UpdateContext context_;
    std::size_t size_max_;
    ByteWriter routes_;
    std::vector<Piece> pieces_;
    std::vector<SetState> sets_;           // in order of arrival
    std::array<ByteWriter, 2> withdrawn_;  // by family
    // Of the message in work.
    ByteWriter shared_;
    ByteWriter prefixes_;
    std::size_t messages_ = 0;
    std::size_t too_large_ = 0;
    // Sets that came as values, by family.
    std::deque<ByteWriter> own_;
    std::array<std::unordered_map<PathAttributes, Set>, 2> index_;
};

// RFC 4724 section 2: the end of the initial routes of a family.
[[nodiscard]] std::vector<std::uint8_t> end_of_rib(Family family);

}  // namespace torii::bgp
