#pragma once

#include "controlplane/routing/fib_export.h"
#include "controlplane/routing/kernel_limit.h"
#include "controlplane/routing/kernel_mirror.h"
#include "controlplane/routing/rib.h"
#include "controlplane/server/bfd_watch.h"
#include "controlplane/server/fib_client.h"
#include "controlplane/server/interfaces.h"
#include "controlplane/server/memory_guard.h"
#include "controlplane/server/memory_return.h"
#include "controlplane/server/neighbor_liveness.h"
#include "controlplane/server/netlink_kernel.h"
#include "controlplane/server/recording.h"
#include "controlplane/server/restart_mark.h"
#include "controlplane/server/settings.h"
#include "controlplane/server/table_walks.h"
#include "controlplane/speaker/speaker.h"
#include "platform/linux/netlink_monitor.h"
#include "platform/runtime/event_loop.h"

#include <functional>
#include <memory>
#include <optional>
#include <platform/ipc/proto/controlplane.pb.h>
#include <set>
#include <span>
#include <string>

namespace torii::controlplane {

// The router's control plane: configuration in; interfaces, RIB, BGP, the kernel's table and the
// packet engine kept as it says.
class Controlplane {
public:
    Controlplane(EventLoop& loop, std::unique_ptr<netlink::Requests> requests,
                 const std::string& run_dir);
    Controlplane(const Controlplane&) = delete;
    Controlplane& operator=(const Controlplane&) = delete;
    ~Controlplane();

    // `ready` is called once, when everything is known that the kernel has: only then may a
    // configuration be given.
    Result<void> start(std::function<void()> ready);
    // Calls `reply` at once, or when what was asked for is done.
    using Reply = std::function<void(const ipc::ControlplaneReply&)>;
    void answer(const ipc::ControlplaneRequest& request, const Reply& reply);
    // Hears what happens without being asked for: replies of id 0.
    void tell_events_to(Reply listener) { tell_ = std::move(listener); }

private:
    netlink::MonitorEvents monitor_events();
    void observe(const netlink::Link& link, bool removed);
    void observe(const netlink::Nexthop& nexthop, bool removed);
    void observe(const netlink::Route& route, bool removed);
    void dump_done();

    void configure(const ipc::ConfigureControlplane& request, ipc::ControlplaneReply& reply);
    Result<void> apply(const Settings& settings);
    Result<void> apply_bgp();
    Result<void> start_bgp();
    void stop_bgp();
    void dump_bgp(const ipc::ControlplaneRequest& request, const Reply& reply);
    void selected(std::span<const speaker::SelectedRoutes> runs);
    void originate();
    void complete();

    void schedule();
    void update();
    void update_sources();
    void session_changed(const IpAddress& peer, bool up) const;
    void lose(const IpAddress& gateway);
    void watch_peers();
    void peer_failed(const IpAddress& peer, bool independent);
    [[nodiscard]] bool on_link(const IpAddress& address) const;
    void limit_kernel(bool changed);
    void update_kernel();
    void retry_later();

    void answer_show(const ipc::ControlplaneRequest& request, ipc::ControlplaneReply& reply);
    [[nodiscard]] ipc::ControlplaneStatus status() const;
    [[nodiscard]] ipc::BgpSummary summary(bgp::Family family) const;

    EventLoop& loop_;
    NetlinkKernel kernel_;
    // BGP's tables, the RIB and what the packet engine gets have the same numbers.
    std::shared_ptr<rib::PrefixNumbers> prefixes_ = std::make_shared<rib::PrefixNumbers>();
    routing::Rib rib_;
    routing::FibExport fib_;
    routing::KernelMirror mirror_;
    routing::KernelLimit kernel_limit_;
    RestartMark restart_mark_;
    Interfaces interfaces_;
    FibClient fib_client_;
    BfdWatch bfd_;
    NeighborLiveness liveness_;
    std::set<IpAddress> silent_;        // neighbors that do not answer
    std::set<std::string> links_down_;  // ports, as the packet engine said last
    std::unique_ptr<netlink::Monitor> monitor_;
    std::unique_ptr<speaker::Speaker> speaker_;
    std::unique_ptr<Recording> recording_;  // while there is a speaker; goes before it

    std::function<void()> ready_;
    Reply tell_;
    Settings settings_;
    ipc::PolicyConfig policies_;  // to be shown
    bool configured_ = false;
    std::uint64_t config_version_ = 0;
    std::int64_t started_unix_seconds_ = 0;
    bool dumping_ = false;
    bool after_restart_ = false;
    bool losing_ = false;             // gateways are down, and routes may still use them
    bool selecting_without_ = false;  // BGP is, a peer that it has lost
    bool converged_ = false;          // BGP has selected everything
    bool complete_ = false;           // every source has told all its routes
    std::uint64_t base_version_ = 0;
    bool scheduled_ = false;
    bool watch_due_ = false;  // whom BFD is to watch may have changed
    MemoryReturn memory_;
    MemoryGuard memory_guard_;
    TableWalks walks_;
    Timer update_;
    Timer retry_;
};

}  // namespace torii::controlplane
