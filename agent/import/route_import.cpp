#include "agent/import/route_import.h"

#include "platform/base/log.h"

#include <algorithm>
#include <utility>

namespace torii::import {
namespace {

constexpr Log kLog("import");
constexpr Duration kRetryDelay = std::chrono::seconds(1);
constexpr Duration kLookEvery = std::chrono::milliseconds(200);
// A peer that does not say when it has told all is through by then.
constexpr std::uint64_t kSecondsWithoutEnd = 5;

// Of every family that it has agreed on.
bool has_told_all(const ipc::BgpNeighborState& peer) {
    if (peer.state() != "Established") return false;
    const bool says_when = peer.capabilities_received().has_graceful_restart() &&
                           peer.capabilities_sent().has_graceful_restart();
    if (!says_when) return peer.state_seconds() >= kSecondsWithoutEnd;
    const auto& agreed = peer.capabilities_received().families();
    return std::ranges::all_of(peer.prefixes(), [&](const ipc::BgpPrefixCounts& counts) {
        return counts.end_of_rib_received() ||
               std::ranges::find(agreed, counts.family()) == agreed.end();
    });
}

}  // namespace

Result<std::unique_ptr<RouteImport>> RouteImport::start(EventLoop& loop, const Options& options,
                                                        std::function<void()> changed) {
    auto requests = netlink::Requests::open();
    if (!requests) return unexpected(requests.error());
    std::unique_ptr<RouteImport> made(
        new RouteImport(loop, options, std::move(*requests), std::move(changed)));
    auto monitor = netlink::Monitor::start(loop, made->monitor_events(), made->kernel_.port());
    if (!monitor) return unexpected(monitor.error());
    made->monitor_ = std::move(*monitor);
    return made;
}

RouteImport::RouteImport(EventLoop& loop, const Options& options,
                         std::unique_ptr<netlink::Requests> requests, std::function<void()> changed)
    : loop_(loop),
      options_(options),
      changed_(std::move(changed)),
      kernel_(std::move(requests), kMark),
      routes_(kernel_, options.maximum),
      numbers_(std::make_shared<rib::PrefixNumbers>()) {}

netlink::MonitorEvents RouteImport::monitor_events() {
    netlink::MonitorEvents events;
    events.dump_begin = [this] {
        dumping_ = true;
        routes_.begin_dump();
    };
    events.routes_begin = [this] { routes_.begin_routes(); };
    events.dump_done = [this] {
        dumping_ = false;
        recheck_ = true;
        routes_.end_dump();
        kernel_changed_ = true;
        schedule();
    };
    const auto observe = [this](const auto& what, bool removed) {
        routes_.observe(what, removed);
        kernel_changed_ = true;
        schedule();
    };
    events.link = observe;
    events.nexthop = observe;
    events.route = observe;
    return events;
}

speaker::SpeakerEvents RouteImport::events(const std::string& instance) {
    speaker::SpeakerEvents events;
    events.selected = [this, instance](std::span<const speaker::SelectedRoutes> batch) {
        for (const speaker::SelectedRoutes& selected : batch) {
            for (const std::uint32_t number : selected.numbers) {
                routes_.learn(instance, numbers_->prefix(number), selected.next_hops);
            }
        }
        schedule();
    };
    return events;
}

void RouteImport::attach(const std::string& instance, speaker::Speaker& speaker) {
    speakers_[instance] = &speaker;
    speaker.set_next_hop_check(
        [this](const IpAddress& next_hop) { return routes_.reachable(next_hop); });
}

void RouteImport::detach(const std::string& instance) {
    if (speakers_.erase(instance) == 0) return;
    routes_.forget(instance);
    schedule();
}

void RouteImport::configured() {
    if (std::exchange(configured_, true)) return;
    patient_until_ = loop_.now() + options_.patience;
    look_at_peers();
}

void RouteImport::look_at_peers() {
    if (all_told() || loop_.now() >= patient_until_) return complete();
    waiting_ = loop_.after(kLookEvery, [this] { look_at_peers(); });
}

bool RouteImport::all_told() const {
    return std::ranges::all_of(speakers_, [](const auto& entry) {
        return std::ranges::all_of(entry.second->neighbors(std::nullopt), has_told_all);
    });
}

void RouteImport::sweep() {
    only_sweeps_ = true;
    complete();
}

void RouteImport::complete() {
    if (std::exchange(complete_, true)) return;
    routes_.set_complete();
    schedule();
}

// Whatever happened in this turn of the loop is carried out once.
void RouteImport::schedule() {
    if (std::exchange(scheduled_, true)) return;
    update_ = loop_.after(Duration::zero(), [this] { update(); });
}

void RouteImport::update() {
    scheduled_ = false;
    update_.reset();
    if (dumping_) return;  // its end schedules the next
    if (std::exchange(kernel_changed_, false)) {
        const bool others_reachable = routes_.resolve_again();
        if (std::exchange(recheck_, false) || others_reachable) {
            for (const auto& [instance, speaker] : speakers_) speaker->recheck_next_hops();
        }
    }
    if (routes_.flush()) return schedule();
    if (routes_.failed()) {
        retry_ = loop_.after(kRetryDelay, [this] {
            routes_.retry();
            schedule();
        });
    }
    if (only_sweeps_ && !routes_.failed()) monitor_.reset();
    std::vector<std::string> problems = routes_.problems();
    if (problems == problems_) return;
    problems_ = std::move(problems);
    changed_();
}

void RouteImport::remove_all() {
    std::vector<std::string> instances;
    for (const auto& [instance, speaker] : speakers_) instances.push_back(instance);
    for (const std::string& instance : instances) routes_.forget(instance);
    routes_.set_complete();
    if (dumping_) return;
    while (routes_.flush()) {
    }
    kLog.info("removed all learned routes");
}

}  // namespace torii::import
