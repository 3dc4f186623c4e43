#include "agent/api/resource_writer.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace torii::api {
namespace json = boost::json;
namespace {

constexpr std::size_t kAnswerSizeMax = 16U << 20U;
constexpr unsigned kToldFailures = 2;

// Of a resource; empty when it cannot be read.
std::string version_of(const std::string& body) {
    boost::system::error_code error;
    const json::value value = json::parse(body, error);
    if (error) return {};
    const json::value* version = value.find_pointer("/metadata/resourceVersion", error);
    return version != nullptr && version->is_string() ? std::string(version->as_string()) : "";
}

}  // namespace

ResourceWriter::ResourceWriter(Scheduler& scheduler, std::unique_ptr<Transport> transport,
                               Random random, Listener listener)
    : scheduler_(scheduler),
      transport_(std::move(transport)),
      backoff_(std::move(random)),
      listener_(std::move(listener)) {}

void ResourceWriter::want(std::map<kube::ObjectKey, Request> requests) {
    requests_ = std::move(requests);
    const auto same = requests_.find(under_way_);
    wanted_ = same != requests_.end() && same->second.method == request_.method &&
              same->second.body == request_.body;
    if (!busy_) return send();
    if (wanted_) requests_.erase(same);
}

void ResourceWriter::send() {
    busy_ = false;
    if (requests_.empty()) return tell({});
    if (!listener_.may_write()) return requests_.clear();
    busy_ = true;
    wanted_ = true;
    auto next = requests_.extract(requests_.begin());
    under_way_ = std::move(next.key());
    request_ = std::move(next.mapped());
    Handlers handlers;
    handlers.body = collect(body_, kAnswerSizeMax, "the answer");
    handlers.ended = [this](const Outcome& outcome) { ended(outcome); };
    exchange_ = transport_->exchange(request_, std::move(handlers));
}

void ResourceWriter::ended(const Outcome& outcome) {
    if (outcome.good()) {
        backoff_.reset();
        if (wanted_) listener_.written(under_way_, version_of(body_));
        return send();
    }
    if (outcome.status == 409 || outcome.status == 404) {
        if (wanted_) listener_.dropped(under_way_);
        return send();
    }
    Duration wait = backoff_.next();
    if (outcome.retry_after) wait = std::max<Duration>(wait, *outcome.retry_after);
    // What the server calls invalid (422) it would again.
    const bool invalid = outcome.status == 422;
    if (invalid || backoff_.failures() >= kToldFailures) {
        tell(fmt::format("writing {} {}: {}", under_way_.kind, under_way_.name, outcome.text()));
    }
    if (wanted_ && !invalid) requests_.try_emplace(under_way_, request_);
    request_.body.clear();
    waiting_ = scheduler_.after(wait, [this] { send(); });
}

void ResourceWriter::tell(std::string problem) {
    if (problem == problem_) return;
    problem_ = std::move(problem);
    listener_.changed();
}

}  // namespace torii::api
