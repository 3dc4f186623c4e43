#pragma once

#include "dataplane/dpdk/eal.h"
#include "dataplane/dpdk/mbuf_pool.h"
#include "dataplane/dpdk/qsbr.h"
#include "dataplane/dpdk/worker.h"
#include "dataplane/dpdk/worker_thread.h"
#include "dataplane/fib/forwarding_table.h"
#include "dataplane/pipeline/pipeline.h"
#include "dataplane/pipeline/settings.h"
#include "dataplane/server/config.h"
#include "dataplane/server/kernel_state.h"
#include "dataplane/server/neighbor_prober.h"
#include "dataplane/server/neighbors.h"
#include "dataplane/server/packet_watch.h"
#include "dataplane/server/port_set.h"
#include "platform/linux/netlink_monitor.h"
#include "platform/linux/netlink_request.h"
#include "platform/runtime/event_loop.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace torii::dataplane {

// A worker with all that belongs to it; members end in the reverse order.
struct EngineWorker {
    EngineWorker(fib::ForwardingTable& table, const pipeline::SharedSettings& settings,
                 unsigned index, unsigned on_cpu)
        : cpu(on_cpu), pipeline(table, settings, index) {}

    unsigned cpu;
    pipeline::Pipeline pipeline;
    std::unique_ptr<dpdk::Worker> worker;
    std::unique_ptr<dpdk::WorkerThread> thread;
    Timer drain_watch;
};

// The packet engine: ports, the workers that forward between them, and what the control thread does
// for it. Everything here is called on the control thread.
class Engine {
public:
    struct Calls {
        SetUpTap set_up_tap;
        std::function<void()> ports_changed;  // one came, went or changed its link
    };
    // `file_prefix` tells EAL's files of this process from those of another; captures go to
    // `capture_directory`.
    Engine(EventLoop& loop, std::string file_prefix, std::string capture_directory, Calls calls);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // Begins to follow the kernel. EAL starts with the first configuration.
    Result<void> start();

    // Whether configure() could work, as far as that can be said before the cards are bound.
    Result<void> check(const Config& config);
    // All of it or nothing; returns what the operator should know.
    Result<std::string> configure(const Config& config);
    // What of the configuration only the next start brings into force, as paths of the model.
    [[nodiscard]] std::vector<std::string> restart_pending() const;
    // Next hops name interfaces; their ports are filled in here.
    Result<void> apply(fib::FibTransaction transaction);
    // As in fib::ForwardingTable.
    void set_gateway_failed(const IpAddress& gateway, bool failed);

    [[nodiscard]] const fib::ForwardingTable& table() const { return table_; }
    [[nodiscard]] const PortSet& ports() const { return ports_; }
    [[nodiscard]] const Neighbors& neighbors() const { return *neighbors_; }
    [[nodiscard]] const pipeline::Settings& settings() const { return settings_.current(); }
    [[nodiscard]] const Config& config() const { return config_; }
    [[nodiscard]] PacketWatch& packet_watch() { return packet_watch_; }
    // From the first configuration on.
    [[nodiscard]] const std::vector<std::unique_ptr<EngineWorker>>& workers() const {
        return workers_;
    }
    [[nodiscard]] const AccessLists& access_lists() const { return access_lists_; }
    // Null before the first configuration.
    [[nodiscard]] const dpdk::MbufPool* pool() const { return pool_.get(); }
    // EAL starts once per process: after a failure only a new process can do what was asked for.
    // And what it knows of the PCI bus is what it was told then.
    [[nodiscard]] bool spent() const { return eal_used_ && (workers_.empty() || outgrown_); }

private:
    // In engine.cpp: the running of it.
    Result<void> check_name(const PortSpec& spec);
    Result<void> start_workers(const Config& config);
    [[nodiscard]] bool needs_new_process(const Config& config) const;
    Result<void> add_worker(unsigned cpu);
    // The one that sends and tries again for a port: the order of its packets is kept.
    [[nodiscard]] dpdk::Worker& worker_of(PortId port) {
        return *workers_[port % workers_.size()]->worker;
    }
    void drain(dpdk::Worker& worker);
    void drain_all();
    void hand_in(const dpdk::Handover& handover);
    void release(const packet::Packet& packet);
    void reclaim();
    void probe(std::uint32_t link_index, const IpAddress& address);

    // In engine_ports.cpp: changes of ports and links.
    void give_ports_to_workers(PortId without = kNoPort);
    Result<void> change_ports(const std::vector<PortSpec>& wanted);
    Result<void> add_ports(const std::vector<PortSpec>& specs);
    void remove_ports(std::vector<PortSpec> specs);
    void remove_port(Port& port);
    void ports_have_changed();
    void attach_returned();
    void remove_taps(const std::vector<PortSpec>& gone, const std::vector<PortSpec>& wanted);
    void bind_next_hops();
    void publish_settings();
    void on_link(const netlink::Link& link, bool removed);
    [[nodiscard]] bool finds_link_up(const Port& port);
    void set_link(Port& port, bool up);
    void poll_links();

    EventLoop& loop_;
    std::string file_prefix_;
    std::function<void()> ports_changed_;
    Config config_;
    bool eal_used_ = false;
    bool outgrown_ = false;  // ports are configured that only a new process can have
    dpdk::Qsbr qsbr_;
    fib::ForwardingTable table_;
    pipeline::SharedSettings settings_;
    AccessLists access_lists_;
    PacketWatch packet_watch_;
    std::optional<StartSettings> started_with_;
    std::vector<std::string> cards_;  // that EAL knows
    std::unique_ptr<netlink::Requests> requests_;
    std::unique_ptr<NeighborProber> prober_;
    KernelState kernel_;
    std::unique_ptr<netlink::Monitor> monitor_;
    std::unique_ptr<dpdk::MbufPool> pool_;
    std::unique_ptr<Neighbors> neighbors_;
    PortSet ports_;
    std::vector<std::unique_ptr<EngineWorker>> workers_;
    Timer reclaim_timer_;
    Timer link_timer_;
    std::vector<PortSpec> detached_;  // whose devices cannot be attached again yet
    Timer returned_timer_;
};

}  // namespace torii::dataplane
