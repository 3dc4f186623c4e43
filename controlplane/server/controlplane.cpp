#include "controlplane/server/controlplane.h"

#include "platform/base/log.h"
#include "platform/base/utc.h"
#include "platform/ipc/logging.h"
#include "platform/linux/memory_room.h"
#include "platform/linux/sysctl.h"

#include <chrono>
#include <map>
#include <utility>
#include <vector>

namespace torii::controlplane {
namespace {

constexpr Log kLog("controlplane");
// About a millisecond; then the sessions get their turn.
constexpr std::size_t kRoutesPerTurn = 2000;
// Mostly the kernel takes a microsecond or two for a route, but now and then it rebuilds its trie.
constexpr auto kKernelTimePerTurn = std::chrono::milliseconds(1);
constexpr std::size_t kKernelChangesAtOnce = 64;
constexpr auto kRetryDelay = std::chrono::seconds(1);

routing::BgpRoute bgp_route(const speaker::SelectedRoutes& selected) {
    routing::BgpRoute route;
    route.external = selected.next_hops.front().external;
    route.stale = selected.stale;
    for (const speaker::SelectedNextHop& next_hop : selected.next_hops) {
        route.next_hops.push_back({next_hop.address, next_hop.weight});
    }
    return route;
}

}  // namespace

Controlplane::Controlplane(EventLoop& loop, std::unique_ptr<netlink::Requests> requests,
                           const std::string& run_dir)
    : loop_(loop),
      kernel_(std::move(requests)),
      rib_([&loop] { return loop.now(); }, prefixes_),
      fib_(rib_.forwardings(), prefixes_),
      mirror_(kernel_),
      restart_mark_(run_dir + "/bgp-without-kernel"),
      interfaces_(kernel_),
      fib_client_(loop, run_dir + "/dataplane.sock", fib_,
                  {[this](std::set<std::string> down) {
                       links_down_ = std::move(down);
                       schedule();
                   },
                   [this] { bfd_.engine_up(); }, [this] { bfd_.engine_down(); },
                   [this](const ipc::BfdSessionStates& states) {
                       bfd_.states(states);
                       watch_due_ = true;  // who is back is not ignored any more
                       schedule();
                   },
                   [this](const std::string& reason) {
                       if (!tell_) return;
                       ipc::ControlplaneReply event;
                       event.mutable_forwarding_refused()->set_reason(reason);
                       tell_(event);
                   }}),
      bfd_({[this](ipc::DataplaneRequest request,
                   std::function<void(const Result<ipc::DataplaneReply>&)> done) {
                fib_client_.call(std::move(request), std::move(done));
            },
            [this](const IpAddress& peer, bool independent) { peer_failed(peer, independent); },
            [this](const IpAddress& address) { return on_link(address); }}),
      liveness_(loop, kernel_,
                {[this](const IpAddress& address) { return rib_.leads_to(address); },
                 [this] { schedule(); }}),
      started_unix_seconds_(unix_seconds()),
      memory_(loop),
      memory_guard_([&loop] { return loop.now(); }, memory_room),
      walks_(loop) {}

// Sockets are just closed, kernel and packet engine keep what they have: with graceful restart the
// peers keep our routes until the next process is there (RFC 4724 section 4.1).
Controlplane::~Controlplane() = default;

Result<void> Controlplane::start(std::function<void()> ready) {
    ready_ = std::move(ready);
    // Forwarding is the packet engine's: the kernel would do it a second time.
    for (const char* setting : {"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"}) {
        if (auto done = set_sysctl(setting, "0"); !done) {
            kLog.warning("{}", done.error().message);
        }
    }
    auto monitor = netlink::Monitor::start(loop_, monitor_events(), kernel_.port());
    if (!monitor) return unexpected(monitor.error());
    monitor_ = std::move(*monitor);
    return {};
}

netlink::MonitorEvents Controlplane::monitor_events() {
    netlink::MonitorEvents events;
    events.link = [this](const netlink::Link& link, bool removed) { observe(link, removed); };
    events.address = [this](const netlink::LinkAddress& address, bool removed) {
        if (removed) {
            interfaces_.observe_address_removed(address.link_index, address.address);
        } else {
            interfaces_.observe_address(address.link_index, address.address);
        }
        schedule();
    };
    events.neighbor = [this](const netlink::Neighbor& neighbor, bool removed) {
        liveness_.observe(neighbor, removed);
        if (interfaces_.observe_neighbor(neighbor, removed)) schedule();
    };
    events.nexthop = [this](const netlink::Nexthop& nexthop, bool removed) {
        observe(nexthop, removed);
    };
    events.route = [this](const netlink::Route& route, bool removed) { observe(route, removed); };
    events.dump_begin = [this] {
        dumping_ = true;
        interfaces_.begin_dump();
        liveness_.begin_dump();
        mirror_.begin_dump();
    };
    events.routes_begin = [this] {
        dumping_ = false;
        schedule();
    };
    events.dump_done = [this] { dump_done(); };
    return events;
}

void Controlplane::observe(const netlink::Link& link, bool removed) {
    // A card may be called as the port on it, until the packet engine has it: nothing of ours is
    // to be on it, because its addresses and routes would keep it with the kernel.
    if (removed || link.is_card()) {
        interfaces_.observe_link_removed(link.index);
    } else {
        interfaces_.observe_link(link.index, link.name, link.admin_up, link.alias == kLoopbackMark);
    }
    // Without carrier the kernel takes no nexthop objects.
    if (!removed && !link.is_card() && link.is_up()) {
        mirror_.set_link(link.name, link.index);
    } else {
        mirror_.remove_link(link.name);
    }
    schedule();
}

void Controlplane::observe(const netlink::Nexthop& nexthop, bool removed) {
    if (removed) {
        mirror_.observe_object_removed(nexthop.id);
    } else {
        mirror_.observe_object(nexthop.id, kernel::to_kernel_next_hop(nexthop),
                               kernel::our_object(nexthop, kKernelMark));
    }
    schedule();
}

void Controlplane::observe(const netlink::Route& route, bool removed) {
    const auto ours = kernel::our_route(route, kKernelMark);
    if (!ours) return;
    if (removed) {
        mirror_.observe_route_removed(ours->prefix);
    } else {
        mirror_.observe_route(*ours);
    }
    schedule();
}

void Controlplane::dump_done() {
    mirror_.end_dump();
    schedule();
    if (!ready_) return;
    after_restart_ = mirror_.bgp_routes() != 0 || restart_mark_.there();
    kLog.info("started after_restart={} kernel_routes={}", after_restart_, mirror_.routes());
    fib_client_.start();
    std::exchange(ready_, nullptr)();
}

void Controlplane::configure(const ipc::ConfigureControlplane& request,
                             ipc::ControlplaneReply& reply) {
    auto settings = read_settings(request.config());
    if (!settings) {
        reply.set_error(settings.error().message);
        return;
    }
    reply.mutable_configured()->set_config_version(request.config_version());
    if (request.check_only()) return;
    const Settings before = std::exchange(settings_, std::move(*settings));
    if (auto done = apply(settings_); !done) {
        kLog.error("configuration version={} refused: {}", request.config_version(),
                   done.error().message);
        settings_ = before;
        if (auto restored = apply(settings_); !restored) {
            kLog.error("the old configuration: {}", restored.error().message);
        }
        reply.clear_body();
        reply.set_error(done.error().message);
        return;
    }
    watch_due_ = true;  // profiles may be others
    schedule();
    policies_ = request.config().policy();
    ipc::apply_logging(request.config().logging(), "torii-controlplane");
    config_version_ = request.config_version();
    configured_ = true;
    kLog.info("configured version={}", config_version_);
}

Result<void> Controlplane::apply(const Settings& settings) {
    interfaces_.configure(settings.interfaces);
    rib_.set_static(settings.statics);
    limit_kernel(kernel_limit_.set_limit(settings.kernel_bgp_routes));
    update();  // connected routes are there before a session is
    return apply_bgp();
}

Result<void> Controlplane::apply_bgp() {
    if (!settings_.bgp) {
        stop_bgp();
        complete();
        return {};
    }
    if (speaker_ == nullptr) {
        if (auto done = start_bgp(); !done) return done;
    } else {
        if (auto done = speaker_->configure(settings_.bgp->speaker); !done) return done;
        originate();
    }
    recording_->configure(settings_.bgp->recording, settings_.bgp->speaker.host_name);
    return {};
}

Result<void> Controlplane::start_bgp() {
    speaker::SpeakerEvents events;
    events.selected = [this](std::span<const speaker::SelectedRoutes> runs) { selected(runs); };
    events.lost = [this](const IpAddress& peer) {
        selecting_without_ = true;
        lose(peer);
    };
    events.settled = [this] {
        selecting_without_ = false;
        schedule();
    };
    events.converged = [this] {
        converged_ = true;
        schedule();
    };
    events.watched = [this] {
        watch_due_ = true;
        schedule();
    };
    events.memory_short = [this] { return memory_guard_.is_short(); };
    events.session = [this](const IpAddress& peer, bool up) { session_changed(peer, up); };
    auto speaker = std::make_unique<speaker::Speaker>(loop_, std::move(events), prefixes_);
    speaker->set_next_hop_check(
        [this](const IpAddress& address) { return rib_.reachable(address); });
    speaker::SpeakerConfig config = settings_.bgp->speaker;
    // Once per process: a BGP that is configured later is a new one.
    config.after_restart = after_restart_ && !complete_;
    if (auto done = speaker->configure(config); !done) return done;
    speaker_ = std::move(speaker);
    recording_ = std::make_unique<Recording>(loop_, speaker_->route_source());
    originate();
    return {};
}

void Controlplane::stop_bgp() {
    if (speaker_ == nullptr) return;
    speaker_->shutdown();
    recording_.reset();
    speaker_.reset();
    watch_due_ = true;
    selecting_without_ = false;
    rib_.clear_bgp();
    schedule();
}

void Controlplane::selected(std::span<const speaker::SelectedRoutes> runs) {
    for (const speaker::SelectedRoutes& run : runs) {
        if (!run.next_hops.empty()) {
            rib_.set_bgp(run.numbers, bgp_route(run));
            continue;
        }
        for (const std::uint32_t number : run.numbers) rib_.remove_bgp(number);
    }
    schedule();
}

// A `network` needs a route of ours for exactly its prefix, unless it says otherwise.
void Controlplane::originate() {
    if (speaker_ == nullptr) return;
    std::vector<speaker::LocalRoute> routes;
    for (const Redistribute& redistribute : settings_.bgp->redistribute) {
        const IpFamily family = bgp::ip_family(redistribute.family);
        for (const routing::OwnRoute& own : rib_.own_routes(redistribute.protocol, family)) {
            speaker::LocalRoute& route = routes.emplace_back();
            route.prefix = own.prefix;
            route.origin = bgp::Origin::incomplete;  // as FRR has it
            route.med = redistribute.metric;
            route.policies = redistribute.policies;
            route.source = redistribute.protocol == routing::Protocol::connected
                               ? policy::RouteSource::connected
                               : policy::RouteSource::static_route;
            route.tag = own.tag;
        }
    }
    // Of routes of one prefix the last counts.
    for (const Network& network : settings_.bgp->networks) {
        if (!network.unconditional && !rib_.has_own_route(network.prefix)) continue;
        speaker::LocalRoute& route = routes.emplace_back();
        route.prefix = network.prefix;
        route.policies = network.policies;
    }
    speaker_->set_routes(std::move(routes));
}

void Controlplane::complete() {
    if (std::exchange(complete_, true)) return;
    kLog.info("converged: what an earlier process left is swept");
    fib_.set_complete();
    mirror_.set_complete();
    schedule();
}

// Whatever happened in this turn of the loop is carried out once.
void Controlplane::schedule() {
    if (std::exchange(scheduled_, true)) return;
    update_ = loop_.after(Duration::zero(), [this] { update(); });
}

void Controlplane::update() {
    scheduled_ = false;
    update_.reset();
    if (dumping_) return;  // its end schedules the next
    update_sources();
    const std::vector<routing::RibChange> changes = rib_.update(kRoutesPerTurn);
    for (const routing::RibChange& change : changes) {
        // The last of the tables to let go of a prefix looks for it.
        if (!change.protocol) prefixes_->prefetch_drop(change.number);
    }
    for (const routing::RibChange& change : changes) {
        if (!change.protocol) {
            fib_.remove_route(change.number);
        } else {
            fib_.set_route(change.number, change.forwarding);
        }
        // Connected and local routes are the kernel's own.
        const bool mirrored =
            change.protocol == routing::Protocol::static_route ||
            (change.protocol == routing::Protocol::bgp && !kernel_limit_.left_out());
        if (mirrored) {
            mirror_.set_route(change.prefix, *change.protocol, change.forwarding);
        } else {
            mirror_.remove_route(change.prefix);
        }
    }
    if (std::exchange(base_version_, rib_.base_version()) != rib_.base_version()) {
        originate();
        if (speaker_ != nullptr) speaker_->recheck_next_hops();
    }
    memory_.observe(rib_.size());
    limit_kernel(kernel_limit_.observe(rib_.bgp_routes()));
    update_kernel();
    const bool settled = losing_ && !selecting_without_ && !rib_.changed();
    if (settled) {
        losing_ = false;
        fib_.next_hops_settled();
    }
    fib_client_.pump();
    if (rib_.changed()) return schedule();
    if (converged_) complete();
    if (complete_ && std::exchange(watch_due_, false)) watch_peers();
}

// Not before everything is complete: who is missing until then may just not be back yet.
void Controlplane::watch_peers() {
    std::vector<speaker::WatchedPeer> peers;
    if (speaker_ != nullptr) peers = speaker_->watched();
    bfd_.want(peers, settings_.bfd_profiles);
}

void Controlplane::peer_failed(const IpAddress& peer, bool independent) {
    if (speaker_ != nullptr) speaker_->peer_failed(peer, independent);
    watch_due_ = true;
    schedule();
}

// By what is configured: a link that is down is no reason to look for the peer elsewhere.
bool Controlplane::on_link(const IpAddress& address) const {
    return std::ranges::any_of(settings_.interfaces, [&](const InterfaceSettings& interface) {
        return std::ranges::any_of(interface.addresses, [&](const InterfaceAddress& own) {
            return own.network().contains(address);
        });
    });
}

// Before anything is computed: every packet to that gateway is lost.
void Controlplane::lose(const IpAddress& gateway) {
    losing_ = true;
    fib_.next_hop_down(gateway);
    fib_client_.pump();
}

void Controlplane::update_sources() {
    if (!interfaces_.apply()) retry_later();
    // Without a link nothing is reached through a port; the router's own addresses stay its own.
    std::map<Prefix, std::string> connected = interfaces_.connected();
    std::erase_if(connected, [this](const auto& one) { return links_down_.contains(one.second); });
    std::set<std::string> up = interfaces_.up();
    std::erase_if(up, [this](const std::string& name) { return links_down_.contains(name); });
    rib_.set_connected(std::move(connected));
    rib_.set_local(interfaces_.local());
    rib_.set_interfaces(std::move(up));
    const std::set<IpAddress> silent = liveness_.silent();
    for (const IpAddress& neighbor : silent) {
        if (!silent_.contains(neighbor)) lose(neighbor);
    }
    silent_ = silent;
    rib_.set_silent_neighbors(silent);
}

void Controlplane::limit_kernel(bool changed) {
    // An earlier process's mark stays until there is something to say in its place.
    const bool unseen = kernel_limit_.left_out() && rib_.bgp_routes() != 0;
    if (unseen || complete_) restart_mark_.set(unseen);
    if (!changed) return;
    if (kernel_limit_.exceeded()) {
        kLog.warning("the kernel gets none of the {} BGP routes: its limit is {}",
                     rib_.bgp_routes(), kernel_limit_.limit());
    } else {
        kLog.info("the kernel gets {} BGP routes", kernel_limit_.left_out() ? "no" : "the");
    }
    if (kernel_limit_.left_out()) {
        mirror_.remove_bgp();
    } else {
        rib_.repeat_bgp();
    }
    schedule();
}

void Controlplane::update_kernel() {
    const TimePoint end = loop_.now() + kKernelTimePerTurn;
    while (mirror_.flush(kKernelChangesAtOnce)) {
        if (loop_.now() >= end) return schedule();
    }
    if (!mirror_.failed()) return;
    kLog.debug("kernel: {}", mirror_.last_error());
    retry_later();
}

void Controlplane::retry_later() {
    retry_ = loop_.after(kRetryDelay, [this] {
        mirror_.retry();
        schedule();
    });
}

}  // namespace torii::controlplane
