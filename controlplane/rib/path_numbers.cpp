#include "controlplane/rib/path_numbers.h"

namespace torii::rib {
namespace {

// Identifiers from here on are chosen; smaller ones follow from the key.
constexpr PathId kFirstChosen = PathId{1} << 31U;
constexpr PathId kPeers = PathId{1} << 16U;

std::uint64_t chosen_key(std::uint32_t entry, PathId id) {
    return std::uint64_t{entry} << 32U | id;
}

}  // namespace

PathNumbers::Number PathNumbers::add(std::uint32_t entry, const PathKey& key,
                                     std::optional<Number> hint) {
    std::optional<Number> before = hint;
    std::uint32_t next = hint ? items_[*hint].next : first_.get(entry);
    if (hint && this->key(*hint) == key) return *hint;
    while (next != 0 && this->key(next - 1) < key) {
        before = next - 1;
        next = items_[next - 1].next;
    }
    if (next != 0 && this->key(next - 1) == key) return next - 1;
    const Number number = items_.allocate();
    items_[number] = {entry, key.id, new_id(entry, key), next, 0, key.peer.value()};
    if (before) {
        items_[*before].next = number + 1;
    } else {
        if (next == 0) prefixes_->hold(entry);
        first_.set(entry, number + 1);
    }
    return number;
}

// A path keeps its identifier while it lives, whether it is being sent or not: so it follows from
// the peer and the identifier that it came with. Those that are large go through a hash, where two
// of a prefix may meet: then the later one gets the next that is free.
PathId PathNumbers::new_id(std::uint32_t entry, const PathKey& key) {
    if (key.id < kFirstChosen / kPeers - 1) return key.id * kPeers + key.peer.value() + 1U;
    constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15U;
    const std::uint64_t hash = (std::uint64_t{key.peer.value()} << 32U | key.id) * kGoldenRatio;
    PathId id = kFirstChosen | static_cast<PathId>(hash >> 33U);
    while (!chosen_.insert(chosen_key(entry, id)).second) id = kFirstChosen | (id + 1U);
    return id;
}

void PathNumbers::drop(Number number) {
    Item& item = items_[number];
    if (--item.holders != 0) return;
    const std::uint32_t entry = item.entry;
    std::uint32_t before = 0;
    for (std::uint32_t next = first_.get(entry); next != number + 1; next = items_[next - 1].next) {
        before = next;
    }
    if (before != 0) {
        items_[before - 1].next = item.next;
    } else {
        first_.set(entry, item.next);
    }
    if (item.id >= kFirstChosen) chosen_.erase(chosen_key(entry, item.id));
    items_.release(number);
    if (first_.get(entry) == 0) prefixes_->drop(entry);
}

}  // namespace torii::rib
