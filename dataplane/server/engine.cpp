#include "dataplane/server/engine.h"

#include "platform/base/log.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace torii::dataplane {
namespace {

const Log kLog("engine");

constexpr unsigned kRingSize = 4096;
// Every port keeps the receive and send queues of its driver filled.
constexpr unsigned kBuffersPerPort = 6144;
constexpr unsigned kBuffersMin = 16384;
// Rings, queues and EAL's own.
constexpr unsigned kOtherMemoryMib = 64;
constexpr unsigned kMib = 1024 * 1024;

// Then the control thread's other work gets its turn.
constexpr unsigned kBurstsPerTurn = 16;
constexpr auto kReclaimInterval = std::chrono::milliseconds(5);

unsigned memory_mib(unsigned buffers, unsigned octets) {
    return buffers / 1024 * octets / 1024 + kOtherMemoryMib;
}

// The port is to be called as the kernel calls the card that it is on, for as long as it has it.
bool leaves_with_its_driver(const PortSpec& spec) {
    if (spec.driver != Driver::pci) return false;
    std::error_code error;
    const auto device =
        std::filesystem::read_symlink(std::filesystem::path("/sys/class/net") / spec.name, error);
    return device.string().find(spec.device + "/") != std::string::npos;
}

}  // namespace

Engine::Engine(EventLoop& loop, std::string file_prefix, std::string capture_directory, Calls calls)
    : loop_(loop),
      file_prefix_(std::move(file_prefix)),
      ports_changed_(std::move(calls.ports_changed)),
      qsbr_(dpdk::kMaxWorkers),
      table_(qsbr_, dpdk::kMaxWorkers),
      settings_(qsbr_),
      packet_watch_(loop, std::move(capture_directory),
                    {[this](const std::string& name) -> std::optional<PortId> {
                         const Port* port = ports_.find(name);
                         return port == nullptr ? std::nullopt : std::optional(port->id);
                     },
                     [this] { publish_settings(); }}),
      kernel_({[this](const netlink::Link& link, bool removed) { on_link(link, removed); },
               [this](std::uint32_t index) {
                   if (ports_.find_tap(index) != nullptr) publish_settings();
               },
               [this](const netlink::Neighbor& neighbor, bool removed) {
                   neighbors_->on_neighbor(neighbor, removed);
                   reclaim();
               }}),
      ports_(std::move(calls.set_up_tap)) {
    neighbors_ = std::make_unique<Neighbors>(
        loop_, table_, kernel_,
        Neighbors::Calls{
            [this](std::uint32_t index) -> std::optional<PortId> {
                const Port* port = ports_.find_tap(index);
                return port == nullptr ? std::nullopt : std::optional(port->id);
            },
            [this](PortId id) -> std::optional<std::uint32_t> {
                const Port* port = ports_.find(id);
                return port == nullptr ? std::nullopt : std::optional(port->punt->ifindex());
            },
            [this](std::uint32_t index, const IpAddress& address) { probe(index, address); },
            [this](const packet::Packet& packet) {
                hand_in({packet, {}, kNoPort});
                worker_of(packet.in_port).wake();
            },
            [this](const packet::Packet& packet) { release(packet); }});
}

Engine::~Engine() {
    monitor_.reset();
    for (const auto& one : workers_) {
        one->drain_watch.reset();
        one->thread.reset();
    }
    // From here on everything is this thread's.
    for (const Port* port : ports_.all()) ports_.remove(port->id);
    neighbors_.reset();
    const bool eal_runs = !workers_.empty();
    drain_all();
    workers_.clear();
    pool_.reset();
    if (eal_runs) dpdk::stop_eal();
}

Result<void> Engine::start() {
    auto requests = netlink::Requests::open();
    if (!requests) return unexpected(requests.error());
    requests_ = std::move(*requests);
    auto prober = NeighborProber::open();
    if (!prober) return unexpected(prober.error());
    prober_ = std::move(*prober);
    auto monitor = netlink::Monitor::start(loop_, kernel_.feed());
    if (!monitor) return unexpected(monitor.error());
    monitor_ = std::move(*monitor);
    return {};
}

Result<void> Engine::check(const Config& config) {
    for (const PortSpec& spec : config.ports) {
        // One that is in use may be gone for a while.
        const Port* present = ports_.find(spec.name);
        const bool in_use = (present != nullptr && present->spec == spec) ||
                            std::ranges::find(detached_, spec) != detached_.end();
        if (spec.on_kernel_interface() && !in_use && !requests_->link(spec.device)) {
            return fail("port {}: there is no interface {} on this machine", spec.name,
                        spec.device);
        }
        if (leaves_with_its_driver(spec)) continue;
        if (const auto free = check_name(spec); !free) return free;
    }
    return {};
}

Result<void> Engine::check_name(const PortSpec& spec) {
    const Result<netlink::Link> same_name = requests_->link(spec.name);
    if (!same_name || same_name->kind == "tun") return {};
    return fail(
        "port {}: an interface of this name exists and is no TAP: give the port or the interface "
        "another name",
        spec.name);
}

Result<std::string> Engine::configure(const Config& config) {
    if (const auto possible = check(config); !possible) return unexpected(possible.error());
    for (const PortSpec& spec : config.ports) {
        if (const auto free = check_name(spec); !free) return unexpected(free.error());
    }
    if (workers_.empty()) {
        if (const auto started = start_workers(config); !started) {
            return unexpected(started.error());
        }
    }
    if (needs_new_process(config)) {
        outgrown_ = true;
        return std::string(
            "the packet engine starts anew: network cards are told to it at its start");
    }
    auto access_lists = access_lists_.build(config.access_lists, dpdk::kMaxWorkers);
    if (!access_lists) return unexpected(access_lists.error());
    if (const auto changed = change_ports(config.ports); !changed) {
        return unexpected(changed.error());
    }
    access_lists_.adopt(std::move(*access_lists));
    config_ = config;
    for (const auto& one : workers_) one->worker->set_poll_always(config.poll_always);
    table_.set_selection(config.selection);
    table_.set_counted_routes(config.counted_routes);
    publish_settings();
    const auto pending = restart_pending();
    if (pending.empty()) return std::string{};
    return fmt::format("{}: in force after the packet engine's next start",
                       fmt::join(pending, ", "));
}

std::vector<std::string> Engine::restart_pending() const {
    return started_with_ ? differences(*started_with_, config_.start) : std::vector<std::string>();
}

// EAL was told of cards, and of the kind of addresses they use, when it started.
bool Engine::needs_new_process(const Config& config) const {
    return std::ranges::any_of(config.ports, [&](const PortSpec& port) {
        return port.driver == Driver::pci && std::ranges::find(cards_, port.device) == cards_.end();
    });
}

Result<void> Engine::start_workers(const Config& config) {
    const auto ports = static_cast<unsigned>(
        std::ranges::count_if(config.ports, [](const PortSpec& port) { return !port.is_vlan(); }));
    // A port by AF_PACKET or with RSS has queues for every worker.
    const auto commas = std::ranges::count(config.start.worker_lcores, ',');
    const unsigned queues = ports * static_cast<unsigned>(commas + 1);
    unsigned buffers = config.start.buffers != 0
                           ? config.start.buffers
                           : std::max(kBuffersMin, (queues + 1) * kBuffersPerPort);
    dpdk::EalOptions options;
    options.file_prefix = file_prefix_;
    options.hugepage_memory_mib = config.start.hugepage_memory_mib.value_or(0);
    options.plain_memory_mib = memory_mib(buffers, dpdk::MbufPool::kOctetsWithoutHugepages);
    options.worker_lcores = config.start.worker_lcores;
    options.main_lcore = config.start.main_lcore;
    for (const PortSpec& port : config.ports) {
        if (port.driver == Driver::pci) options.pci_devices.push_back(port.device);
    }
    options.further = config.start.eal_arguments;
    const Result<dpdk::EalPlan> plan = dpdk::plan_eal(options, dpdk::inspect_machine());
    if (!plan) return unexpected(plan.error());
    eal_used_ = true;
    if (const auto started = dpdk::start_eal(*plan); !started) return started;
    if (!plan->note.empty()) kLog.warning("{}", plan->note);
    const unsigned wanted_mib = memory_mib(buffers, dpdk::MbufPool::kOctets);
    if (plan->hugepages && options.hugepage_memory_mib < wanted_mib) {
        const unsigned mib = std::max(options.hugepage_memory_mib, 2 * kOtherMemoryMib);
        buffers = (mib - kOtherMemoryMib) * (kMib / dpdk::MbufPool::kOctets);
        if (config.start.buffers != 0) {
            kLog.warning("platform buffers count {}: there is memory for {}", config.start.buffers,
                         buffers);
        }
    }
    auto pool = dpdk::MbufPool::create("packets", buffers);
    if (!pool) return unexpected(pool.error());
    pool_ = std::move(*pool);
    ports_.set_workers(static_cast<unsigned>(plan->worker_cpus.size()));
    for (const unsigned cpu : plan->worker_cpus) {
        if (const auto added = add_worker(cpu); !added) {
            workers_.clear();
            return added;
        }
    }
    started_with_ = config.start;
    cards_ = options.pci_devices;
    return {};
}

Result<void> Engine::add_worker(unsigned cpu) {
    const auto index = static_cast<unsigned>(workers_.size());
    auto to_control = dpdk::PacketRing::create(fmt::format("to_control{}", index), kRingSize);
    if (!to_control) return unexpected(to_control.error());
    auto from_control = dpdk::PacketRing::create(fmt::format("from_control{}", index), kRingSize);
    if (!from_control) return unexpected(from_control.error());
    auto added = std::make_unique<EngineWorker>(table_, settings_, index, cpu);
    added->worker =
        std::make_unique<dpdk::Worker>(index, added->pipeline, settings_, *pool_, qsbr_,
                                       std::move(*to_control), std::move(*from_control));
    dpdk::Worker& worker = *added->worker;
    auto thread = dpdk::WorkerThread::launch(worker);
    if (!thread) return unexpected(thread.error());
    added->thread = std::move(*thread);
    added->drain_watch = loop_.watch_readable(worker.control_waker().descriptor(),
                                              [this, &worker] { drain(worker); });
    workers_.push_back(std::move(added));
    return {};
}

Result<void> Engine::apply(fib::FibTransaction transaction) {
    for (fib::NextHop& next_hop : transaction.next_hops) {
        const Port* port = ports_.find(next_hop.interface);
        next_hop.port = port == nullptr ? kNoPort : port->id;
    }
    const bool next_hops = !transaction.next_hops.empty();
    Result<void> applied = table_.apply(transaction);
    if (!applied) return applied;
    if (next_hops) neighbors_->probe_unresolved();
    reclaim();
    return {};
}

void Engine::set_gateway_failed(const IpAddress& gateway, bool failed) {
    table_.set_gateway_failed(gateway, failed);
    reclaim();
}

void Engine::drain_all() {
    for (const auto& one : workers_) drain(*one->worker);
}

// What a worker has for the control thread: packets for the kernel, and packets that wait.
void Engine::drain(dpdk::Worker& worker) {
    worker.control_waker().clear();
    std::array<dpdk::Handover, kBurst> handovers;
    for (unsigned burst = 0; burst < kBurstsPerTurn; ++burst) {
        const std::size_t count = worker.take_out(handovers);
        for (const dpdk::Handover& handover : std::span(handovers).first(count)) {
            const packet::Packet& packet = handover.packet;
            if (packet.verdict == packet::Verdict::hold && neighbors_) {
                neighbors_->hold(handover.neighbor_port, handover.neighbor, packet);
                continue;
            }
            const Port* port = ports_.find(packet.in_port);
            if (port != nullptr && packet.verdict == packet::Verdict::punt) {
                port->punt->deliver(packet);
            }
            release(packet);
        }
        if (count < handovers.size()) return;
    }
    worker.control_waker().wake();
}

void Engine::hand_in(const dpdk::Handover& handover) {
    const packet::Packet& packet = handover.packet;
    const bool sends = packet.verdict == packet::Verdict::forward;
    dpdk::Worker& worker = worker_of(sends ? packet.out_port : packet.in_port);
    if (!worker.hand_in(handover)) release(packet);
}

void Engine::release(const packet::Packet& packet) {
    pool_->release(std::span(&packet, 1));
}

// Gives back what the workers have let go of, as soon as they have.
void Engine::reclaim() {
    if (!qsbr_.poll()) return;
    reclaim_timer_ = loop_.after(kReclaimInterval, [this] { reclaim(); });
}

void Engine::probe(std::uint32_t link_index, const IpAddress& address) {
    const Result<void> asked = prober_->probe(link_index, address);
    // A TAP that is down or has no address yet: it is asked for again.
    if (!asked) kLog.debug("neighbor={} error={}", address, asked.error().message);
}

}  // namespace torii::dataplane
