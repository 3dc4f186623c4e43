#pragma once

#include "agent/api/backoff.h"
#include "agent/api/resource_type.h"
#include "agent/api/transport.h"
#include "platform/base/clock.h"
#include "platform/base/result.h"

#include <boost/json/value.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace torii::api {

// What became of one resource.
struct Change {
    bool removed = false;
    std::string api_version;
    std::string namespace_name;
    std::string name;
    boost::json::value object{};  // null when it is removed
};
using Changes = std::vector<Change>;

// Which resources are followed.
struct Target {
    ResourceType type;
    std::string namespace_name;  // empty: all of them
    std::string name;            // empty: all
    bool others = false;         // all but the one of this name
};

// What to ask the API server next.
struct Query {
    std::string target;
    bool stream = false;  // a watch: many values, for minutes
    Duration delay{};     // to wait before
    Duration pause_max{};
};

// Follows the resources of one type: lists them in pages, then watches from the version of the
// list. A pure state machine: answers and time in, changes and the next query out. Whatever an
// answer is, the known resources stay until the server has said that they are gone, in an event or
// in a whole list.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
class Watch {
public:
    // A stream that held as long proves that all is well.
    static constexpr Duration kSettled = std::chrono::seconds(10);
    // Of "there is no such type": a server that starts says so of types it does not know yet.
    static constexpr Duration kAbsentPatience = std::chrono::seconds(5);
    static constexpr Seconds kRetryAfterMax{120};

    Watch(Target target, Random random);

    // Between ended() and begun().
    [[nodiscard]] Query next();
    void begun(TimePoint now);
    // The server takes the query.
    void accepted() { accepted_ = true; }
    // A value of the answer. An error: the exchange is to end.
    [[nodiscard]] Result<void> take(boost::json::value value, Changes& changes);
    void ended(const Outcome& outcome, TimePoint now, Changes& changes);

    // Whether all resources were known once.
    [[nodiscard]] bool complete() const { return complete_; }
    // Whether what is known is what the server has, but for what is on its way.
    [[nodiscard]] bool current() const { return watching_ && accepted_; }
    [[nodiscard]] const Target& target() const { return target_; }
    // Where the resources are, and the version of their API: "/apis/cilium.io/v2/ciliumnodes".
    [[nodiscard]] std::string path() const;
    [[nodiscard]] std::string version() const {
        return api_version(target_.type.group, target_.type.versions[version_]);
    }
    // What a person should know; empty: nothing.
    [[nodiscard]] std::string problem() const;
    // The problem is not of this type alone: there is no answer at all.
    [[nodiscard]] bool unreachable() const { return unreachable_; }
    // The exchange under way was cancelled: the next query is a list.
    void list_again();

private:
    [[nodiscard]] std::string list_query() const;
    [[nodiscard]] Result<void> take_page(boost::json::object& page, Changes& changes);
    [[nodiscard]] Result<void> take_event(boost::json::object& event, Changes& changes);
    [[nodiscard]] Result<void> take_change(std::string_view type, boost::json::value& object,
                                           Changes& changes);
    [[nodiscard]] Result<void> refuse(Outcome outcome);
    [[nodiscard]] Change change(const std::string& key, bool removed) const;
    void list_ended(const Outcome& outcome, TimePoint now, Changes& changes);
    void watch_ended(const Outcome& outcome, TimePoint now);
    void type_is_absent(TimePoint now, Changes& changes);
    void finish_list(Changes& changes);
    void restart_list();
    void wait_after(const Outcome& outcome);

    Target target_;
    Backoff backoff_;
    std::size_t version_ = 0;                   // of the type's versions
    std::map<std::string, std::string> known_;  // resource versions by "namespace/name"

    bool watching_ = false;
    bool accepted_ = false;
    bool complete_ = false;
    std::string resource_version_;  // to watch from
    std::optional<Outcome> told_;   // in the stream; instead of how it ended
    TimePoint began_;
    Duration delay_{};
    std::string problem_;
    bool unreachable_ = false;

    // Of the list under way.
    std::map<std::string, std::string> listed_;
    std::string continue_;
    bool page_taken_ = false;
    unsigned page_size_;  // 0: all at once
    std::optional<TimePoint> absent_since_;
};

}  // namespace torii::api
