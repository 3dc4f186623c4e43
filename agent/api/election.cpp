#include "agent/api/election.h"

#include "agent/api/resource_type.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace torii::api {
namespace json = boost::json;
namespace {

constexpr std::string_view kGroup = "coordination.k8s.io";
constexpr std::string_view kVersion = "v1";
constexpr std::int64_t kDurationMax = 3600;  // nobody's mistake locks everybody out for longer

const json::object& fields(const json::object& object, std::string_view name) {
    static const json::object empty;
    const json::value* found = object.if_contains(name);
    const json::object* inner = found != nullptr ? found->if_object() : nullptr;
    return inner != nullptr ? *inner : empty;
}

std::string text(const json::object& object, std::string_view name) {
    const json::value* found = object.if_contains(name);
    const json::string* string = found != nullptr ? found->if_string() : nullptr;
    return string != nullptr ? std::string(*string) : "";
}

std::int64_t integer(const json::object& object, std::string_view name) {
    const json::value* found = object.if_contains(name);
    const std::int64_t* number = found != nullptr ? found->if_int64() : nullptr;
    return number != nullptr ? *number : 0;
}

}  // namespace

Election::Election(LeaseSettings settings, Random random)
    : settings_(std::move(settings)), backoff_(std::move(random)) {}

Request Election::next(TimePoint now, const std::string& wall_clock) {
    asked_at_ = now;
    if (absent_) return write(Asked::create, wall_clock);
    const bool ours = holder_ == settings_.identity;
    if (seen_ && (ours || has_run_out(now))) return write(Asked::replace, wall_clock);
    asked_ = Asked::read;
    Request request;
    request.target = collection_path(kGroup, kVersion, settings_.namespace_name, "leases") + '/' +
                     settings_.name;
    return request;
}

bool Election::has_run_out(TimePoint now) const {
    return holder_.empty() || now - changed_ >= duration_;
}

Request Election::write(Asked what, const std::string& wall_clock) {
    asked_ = what;
    const bool ours = holder_ == settings_.identity;
    if (!ours || acquired_.empty()) acquired_ = wall_clock;
    const std::int64_t before = integer(fields(lease_, "spec"), "leaseTransitions");
    json::object metadata{{"name", settings_.name}, {"namespace", settings_.namespace_name}};
    // Only if nobody else was faster.
    const std::string version = text(fields(lease_, "metadata"), "resourceVersion");
    if (what == Asked::replace) metadata["resourceVersion"] = version;
    const json::object lease{
        {"apiVersion", api_version(kGroup, kVersion)},
        {"kind", "Lease"},
        {"metadata", std::move(metadata)},
        {"spec",
         {{"holderIdentity", settings_.identity},
          {"leaseDurationSeconds", settings_.duration.count()},
          {"acquireTime", acquired_},
          {"renewTime", wall_clock},
          {"leaseTransitions", what == Asked::create || ours ? before : before + 1}}}};
    Request request;
    request.method = what == Asked::create ? "POST" : "PUT";
    request.target = collection_path(kGroup, kVersion, settings_.namespace_name, "leases");
    if (what == Asked::replace) request.target += '/' + settings_.name;
    request.content_type = "application/json";
    request.body = json::serialize(lease);
    return request;
}

void Election::answered(const Outcome& outcome, const json::object& lease, TimePoint now) {
    absent_ = false;
    const bool wrote = asked_ != Asked::read;
    if (outcome.good()) {
        observe(lease, now);
        backoff_.reset();
        if (wrote && holder_ == settings_.identity) renewed_ = asked_at_;
        // Who does not lead has no hurry, and should not ask in step with others.
        wait_ = holder_ == settings_.identity
                    ? settings_.retry
                    : backoff_.between(settings_.retry, 2 * settings_.retry);
        // What has just been seen to have run out is taken at once.
        if (!wrote && has_run_out(now)) wait_ = {};
        return;
    }
    // A write may have been done although its answer was lost: look first.
    seen_ = false;
    if (outcome.status == 404 && !wrote) {
        absent_ = true;
        holder_.clear();
        lease_.clear();
        wait_ = {};
        return;
    }
    // Somebody else has written the lease, or taken it away: perhaps he leads.
    if (outcome.status == 409 || outcome.status == 404) renewed_.reset();
    wait_ = std::min(backoff_.next(), settings_.retry);
    if (outcome.retry_after) wait_ = std::max<Duration>(wait_, *outcome.retry_after);
}

void Election::observe(const json::object& lease, TimePoint now) {
    seen_ = true;
    lease_ = lease;
    const json::object& spec = fields(lease, "spec");
    holder_ = text(spec, "holderIdentity");
    duration_ =
        Seconds(std::clamp<std::int64_t>(integer(spec, "leaseDurationSeconds"), 1, kDurationMax));
    std::string mark = fmt::format("{} {} {}", holder_, text(spec, "renewTime"),
                                   text(fields(lease, "metadata"), "resourceVersion"));
    if (mark == mark_) return;
    mark_ = std::move(mark);
    changed_ = now;
}

bool Election::leads(TimePoint now) const {
    return holder_ == settings_.identity && renewed_ && now - *renewed_ < settings_.deadline;
}

}  // namespace torii::api
