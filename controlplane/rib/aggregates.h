#pragma once

#include "controlplane/bgp/attribute.h"
#include "controlplane/policy/policy.h"
#include "controlplane/rib/contributors.h"
#include "controlplane/rib/paged.h"
#include "controlplane/rib/table.h"
#include "platform/base/clock.h"
#include "platform/base/prefix.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace torii::rib {

// An aggregate that was asked for: a prefix that stands for the more specific ones inside of it.
struct AggregateRules {
    bool summary_only = false;                // the others are told to nobody
    bool as_set = false;                      // it has their AS and communities
    std::optional<bgp::Origin> origin{};      // in place of what follows from theirs
    std::optional<policy::Chain> suppress{};  // those that it accepts are told to nobody
    policy::Chain policy{};                   // for its attributes; may reject it
    friend bool operator==(const AggregateRules&, const AggregateRules&) = default;
};

// Originates aggregates of one table (RFC 4271 section 9.2.2.2, as FRR does): each is there while
// the best path of a more specific prefix is, other than of an aggregate. A change of a prefix
// concerns the aggregates above it, of which there are as many as lengths at most; without
// aggregates nothing is kept, and nothing done.
class Aggregates {
public:
    using Rules = std::map<Prefix, AggregateRules>;

    static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

    Aggregates(Table& table, Stores& stores) : table_(table), stores_(stores) {}
    Aggregates(const Aggregates&) = delete;
    Aggregates& operator=(const Aggregates&) = delete;
    ~Aggregates() { forget(); }

    // All of them; what they stand for is found by portions, in update(). `self`: our AS and router
    // ID, for AGGREGATOR.
    void configure(const Rules& rules, const bgp::Aggregator& self);
    // update() has something to do, whatever has changed.
    [[nodiscard]] bool pending() const { return step_ != Step::none; }
    // After Table::select(), before anybody is told of the changes: what is suppressed now, or is
    // not any more, is added to them. Aggregates that come, go or change do so in the table, where
    // they are selected next. `limit`: prefixes that are looked at for what was configured.
    void update(std::vector<Change>& changes, TimePoint now, std::size_t limit = kAll);

private:
    // What is to be done with all prefixes of the table.
    enum class Step : std::uint8_t {
        none,
        count,     // what aggregates stand for; until then none comes or goes
        suppress,  // what is suppressed may be something else
    };
    struct Aggregate {
        explicit Aggregate(const AggregateRules& rules_of)
            : rules(rules_of), contributors(rules_of.as_set) {}

        AggregateRules rules;
        Contributors contributors;
        bool stands = false;   // for something, when it was originated or rejected
        bool there = false;    // in the table
        bool changed = false;  // is in changed_
    };

    void begin(Step step);
    // What was counted counts no more.
    void forget();
    // Calls visit(prefix, aggregate) for those above a prefix.
    template <class Visit>
    void for_each_above(const Prefix& prefix, const Visit& visit);
    void count(EntryId id);
    void changed(const Prefix& prefix, Aggregate& aggregate);
    // Whether it is another one now.
    bool suppress(EntryId id);
    [[nodiscard]] bool suppresses(const Aggregate& aggregate, EntryId id) const;
    void work(std::vector<Change>& changes, std::size_t limit);
    void originate(TimePoint now);
    [[nodiscard]] std::optional<Path> path_of(const Prefix& prefix,
                                              const Aggregate& aggregate) const;

    Table& table_;
    Stores& stores_;
    bgp::Aggregator self_;
    std::map<Prefix, Aggregate> aggregates_;
    std::set<std::uint8_t> lengths_;  // of their prefixes
    Paged<AttributesId> counted_;     // what a prefix is counted with
    std::vector<Prefix> changed_;
    Step step_ = Step::none;
    EntryId next_ = 0;  // of the step
};

}  // namespace torii::rib
