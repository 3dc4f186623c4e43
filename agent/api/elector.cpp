#include "agent/api/elector.h"

#include "platform/base/log.h"

#include <boost/json/parse.hpp>
#include <fmt/chrono.h>

#include <chrono>
#include <utility>

namespace torii::api {
namespace {

constexpr Log kLog("lease");
constexpr std::size_t kLeaseSizeMax = 1U << 20U;
constexpr Duration kAnswerMax = std::chrono::seconds(5);  // later than that it is of little use
constexpr Duration kNoticeInterval = std::chrono::seconds(1);

// RFC 3339 with microseconds, as MicroTime of meta/v1.
std::string wall_clock() {
    const auto now =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    const auto fraction = now.time_since_epoch().count() % 1'000'000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(now)), fraction);
}

}  // namespace

Elector::Elector(Scheduler& scheduler, std::unique_ptr<Transport> transport, Election election,
                 std::function<void()> changed)
    : scheduler_(scheduler),
      transport_(std::move(transport)),
      election_(std::move(election)),
      changed_(std::move(changed)) {}

void Elector::ask() {
    Request request = election_.next(scheduler_.now(), wall_clock());
    request.answer_max = kAnswerMax;
    request.pause_max = kAnswerMax;
    Handlers handlers;
    handlers.body = collect(body_, kLeaseSizeMax, "the lease");
    handlers.ended = [this](const Outcome& outcome) { answered(outcome); };
    exchange_ = transport_->exchange(std::move(request), std::move(handlers));
}

void Elector::answered(const Outcome& outcome) {
    Outcome meant = outcome;
    boost::json::object lease;
    if (meant.good()) {
        boost::system::error_code error;
        boost::json::value value = boost::json::parse(body_, error);
        if (!error && value.is_object()) {
            lease = std::move(value.as_object());
        } else {
            meant.error = "the lease is no JSON object";
        }
    }
    election_.answered(meant, lease, scheduler_.now());
    const bool expected = meant.good() || meant.status == 404 || meant.status == 409;
    std::string problem = expected ? "" : "lease: " + meant.text();
    const bool told_another = std::exchange(problem_, std::move(problem)) != problem_;
    waiting_ = scheduler_.after(election_.wait(), [this] { ask(); });
    notice();
    if (told_another) changed_();
}

// The lead also ends by time alone, while no answer comes.
void Elector::notice() {
    if (leads()) noticing_ = scheduler_.after(kNoticeInterval, [this] { notice(); });
    if (leads() == led_) return;
    led_ = leads();
    kLog.info("{}",
              led_ ? "this controller leads"
                   : fmt::format("this controller leads no more holder={}", election_.holder()));
    changed_();
}

}  // namespace torii::api
