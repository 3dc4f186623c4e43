#include "mgmt/rpc/subscription.h"

#include "mgmt/rpc/netconf_session.h"
#include "mgmt/rpc/operations.h"
#include "mgmt/rpc/parameters.h"
#include "platform/base/utc.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace torii::rpc {
namespace {

constexpr std::string_view kReplayComplete =
    "<replayComplete xmlns=\"urn:ietf:params:xml:ns:netmod:notification\"/>";
constexpr std::string_view kNotificationComplete =
    "<notificationComplete xmlns=\"urn:ietf:params:xml:ns:netmod:notification\"/>";

// What is later is no time that a timer can have.
constexpr std::chrono::seconds kForever = std::chrono::years(10);

RpcError bad_element(std::string_view element, std::string message) {
    RpcError error{"protocol", "bad-element", std::move(message)};
    error.info.emplace_back("bad-element", element);
    return error;
}

Result<std::optional<std::int64_t>, RpcError> time_of(const xml::Element& asked,
                                                      std::string_view parameter) {
    const std::string text = text_of(asked, parameter);
    if (text.empty()) return std::nullopt;
    const auto time = parse_utc(text);
    if (!time) return unexpected(invalid_value(parameter, time.error().message));
    return *time;
}

Result<SubscriptionWish, RpcError> wish_of(const Backend& backend, const xml::Element& asked) {
    if (auto unknown = unknown_parameter(asked, {"stream", "filter", "startTime", "stopTime"})) {
        return unexpected(std::move(*unknown));
    }
    const std::string stream = text_of(asked, "stream");
    if (!stream.empty() && stream != "NETCONF") {
        return unexpected(invalid_value("stream", "there is only the stream NETCONF"));
    }
    const auto start = time_of(asked, "startTime");
    if (!start) return unexpected(start.error());
    const auto stop = time_of(asked, "stopTime");
    if (!stop) return unexpected(stop.error());
    // RFC 5277 section 2.1.1
    if (*stop && !*start) return unexpected(missing_element("startTime", asked.name));
    if (*start && **start > backend.now()) {
        return unexpected(bad_element("startTime", "is in the future"));
    }
    if (*stop && **stop < **start) {
        return unexpected(bad_element("stopTime", "is before startTime"));
    }
    // Whether the filter can be used at all.
    yang::DataTree tree(backend.schema(), backend.reader(Target::running)());
    if (auto filtered = apply_filter(asked, tree); !filtered) {
        return unexpected(filtered.error());
    }
    return SubscriptionWish{asked, *start, *stop};
}

}  // namespace

Subscription::Subscription(Backend& backend, SubscriptionWish wish, std::function<void()> counts)
    : backend_(backend), wish_(std::move(wish)), counts_(std::move(counts)) {}

Subscription::~Subscription() {
    backend_.events().leave(backend_.session());
}

void Subscription::start() {
    EventLog& log = backend_.events();
    if (wish_.start) {
        for (const Event& event : log.events()) {
            if (event.time >= *wish_.start && (!wish_.stop || event.time <= *wish_.stop)) {
                tell(event);
            }
        }
        send(backend_.now(), kReplayComplete);
    }
    if (wish_.stop && *wish_.stop <= backend_.now()) return complete();
    log.listen(backend_.session(), [this](const Event& event) { tell(event); });
    if (!wish_.stop) return;
    const auto left = std::chrono::seconds(*wish_.stop - backend_.now());
    stop_ = backend_.scheduler().after(std::min(left, kForever), [this] { complete(); });
}

void Subscription::tell(const Event& event) {
    auto tree = yang::DataTree::notification(backend_.schema(), event.json);
    if (!tree || !apply_filter(wish_.asked, *tree)) return;
    const std::string content = tree->xml();
    if (!content.empty()) send(event.time, content);
}

void Subscription::send(std::int64_t time, std::string_view content) {
    counts_();
    backend_.send(
        fmt::format("<notification xmlns=\"{}\"><eventTime>{}</eventTime>{}</notification>",
                    kNotificationSpace, utc_text(time), content));
}

void Subscription::complete() {
    active_ = false;
    backend_.events().leave(backend_.session());
    send(backend_.now(), kNotificationComplete);
}

void create_subscription(NetconfSession& session, const xml::Element& asked, const Replied& done) {
    if (session.subscribed()) {
        return done(
            unexpected(RpcErrors{operation_failed("this session has a subscription already")}));
    }
    auto wish = wish_of(session.backend(), asked);
    if (!wish) return done(unexpected(RpcErrors{wish.error()}));
    done("");
    session.subscribe(std::move(*wish));
}

}  // namespace torii::rpc
