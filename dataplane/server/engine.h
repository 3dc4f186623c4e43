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
#include "dataplane/server/neighbors.h"
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

// The packet engine: ports, the worker that forwards between them, and what the control thread does
// for it. Everything here is called on the control thread.
class Engine {
public:
    // `file_prefix` tells EAL's files of this process from those of another; `ports_changed` is
    // called when a port came, went or changed its link.
    Engine(EventLoop& loop, std::string file_prefix, std::function<void()> ports_changed);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // Begins to follow the kernel. EAL starts with the first configuration.
    Result<void> start();

    // Whether configure() could work, as far as that can be said before.
    Result<void> check(const Config& config);
    // All of it or nothing; returns what the operator should know.
    Result<std::string> configure(const Config& config);
    // Next hops name interfaces; their ports are filled in here.
    Result<void> apply(fib::FibTransaction transaction);
    // As in fib::ForwardingTable.
    void set_gateway_failed(const IpAddress& gateway, bool failed);

    [[nodiscard]] const fib::ForwardingTable& table() const { return table_; }
    [[nodiscard]] const PortSet& ports() const { return ports_; }
    [[nodiscard]] const Neighbors& neighbors() const { return *neighbors_; }
    [[nodiscard]] const pipeline::PipelineCounters& counters() const {
        return pipeline_.counters();
    }
    [[nodiscard]] const pipeline::Settings& settings() const { return settings_.current(); }
    [[nodiscard]] const Config& config() const { return config_; }
    // Null before the first configuration.
    [[nodiscard]] const dpdk::MbufPool* pool() const { return pool_.get(); }
    // EAL starts once per process: after a failure only a new process can do what was asked for.
    [[nodiscard]] bool spent() const { return eal_used_ && !worker_; }
    // Null before the first configuration.
    [[nodiscard]] const dpdk::Worker* worker() const { return worker_.get(); }

private:
    // In engine.cpp: the running of it.
    Result<void> start_worker(const Config& config);
    void drain();
    void hand_in(const dpdk::Handover& handover);
    void release(const packet::Packet& packet);
    void reclaim();
    void probe(std::uint32_t link_index, const IpAddress& address);

    // In engine_ports.cpp: changes of ports and links.
    Result<void> change_ports(const std::vector<PortSpec>& wanted);
    Result<void> add_ports(const std::vector<PortSpec>& specs);
    void remove_port(Port& port);
    void remove_taps(const std::vector<PortSpec>& gone, const std::vector<PortSpec>& wanted);
    void bind_next_hops();
    void publish_settings();
    void on_link(const netlink::Link& link, bool removed);
    void set_link(Port& port, bool up);
    void poll_links();

    EventLoop& loop_;
    std::string file_prefix_;
    std::function<void()> ports_changed_;
    Config config_;
    bool eal_used_ = false;
    dpdk::Qsbr qsbr_;
    fib::ForwardingTable table_;
    pipeline::SharedSettings settings_;
    pipeline::Pipeline pipeline_;
    std::optional<StartSettings> started_with_;
    std::unique_ptr<netlink::Requests> requests_;
    KernelState kernel_;
    std::unique_ptr<netlink::Monitor> monitor_;
    std::unique_ptr<dpdk::MbufPool> pool_;
    std::unique_ptr<Neighbors> neighbors_;
    PortSet ports_;
    std::unique_ptr<dpdk::Worker> worker_;
    std::unique_ptr<dpdk::WorkerThread> thread_;
    Timer drain_watch_;
    Timer reclaim_timer_;
    Timer link_timer_;
};

}  // namespace torii::dataplane
