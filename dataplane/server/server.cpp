#include "dataplane/server/server.h"

#include "dataplane/server/fib_messages.h"
#include "dataplane/server/show.h"
#include "platform/base/log.h"
#include "platform/base/utc.h"
#include "platform/ipc/logging.h"
#include "platform/linux/program.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <unistd.h>
#include <utility>

namespace torii::dataplane {
namespace {

const Log kLog("server");

constexpr unsigned kSocketMode = 0660;

// EAL keeps its files under this name: one per run directory, the same after every restart.
std::string file_prefix(const std::string& run_dir) {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, because std::hash may change
    for (const char c : run_dir) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return fmt::format("torii-{:016x}", hash);
}

}  // namespace

Server::Server(EventLoop& loop, const std::string& run_dir, std::function<void(Successor)> spent)
    : loop_(loop),
      socket_path_(run_dir + "/dataplane.sock"),
      spent_(std::move(spent)),
      machine_(run_dir + "/platform.sock"),
      engine_(loop, file_prefix(run_dir), run_dir + "/capture",
              {[this](const PortTap& tap, netlink::Requests& requests) {
                   return machine_.set_up_tap(tap, requests);
               },
               [this] { tell_ports(); }}),
      bfd_(loop, {[this](const IpAddress& gateway, bool failed) {
                      engine_.set_gateway_failed(gateway, failed);
                  },
                  [this](const ipc::BfdSessionStates& states) { tell_bfd(states); }}) {
    started_ = unix_seconds();
}

Server::~Server() {
    *alive_ = false;
}

Result<void> Server::start() {
    if (const auto started = engine_.start(); !started) return started;
    auto socket =
        Socket::listen(loop_, socket_path_, kSocketMode,
                       [this](const ipc::DataplaneRequest& request,
                              const Socket::SessionPtr& session) { handle(request, session); });
    if (!socket) return unexpected(socket.error());
    socket_ = std::move(*socket);
    return {};
}

void Server::handle(const ipc::DataplaneRequest& request, const Socket::SessionPtr& session) {
    if (request.has_subscribe_bfd()) bfd_subscribers_.push_back(session);
    if (request.has_subscribe_bfd() || request.has_get_bfd_sessions()) {
        return show_bfd(request.id(), session);
    }
    Result<ipc::DataplaneReply> reply = answer(request, session);
    if (!reply) {
        kLog.warning("refused: {}", reply.error().message);
        ipc::DataplaneReply refusal;
        refusal.set_error(reply.error().message);
        reply = std::move(refusal);
    }
    reply->set_id(request.id());
    session->send(*reply);
}

Result<ipc::DataplaneReply> Server::answer(const ipc::DataplaneRequest& request,
                                           const Socket::SessionPtr& session) {
    ipc::DataplaneReply reply;
    switch (request.body_case()) {
        case ipc::DataplaneRequest::kConfigure: return configure(request.configure());
        case ipc::DataplaneRequest::kFibUpdate: return update_fib(request.fib_update());
        case ipc::DataplaneRequest::kGetStatus: *reply.mutable_status() = status(); break;
        case ipc::DataplaneRequest::kSubscribePorts:
            port_subscribers_.push_back(session);
            *reply.mutable_ports() = show_ports(engine_);
            break;
        case ipc::DataplaneRequest::kGetPorts: *reply.mutable_ports() = show_ports(engine_); break;
        case ipc::DataplaneRequest::kGetForwarding: {
            auto forwarding = show_forwarding(engine_.table(), request.get_forwarding());
            if (!forwarding) return unexpected(forwarding.error());
            *reply.mutable_forwarding() = std::move(*forwarding);
            break;
        }
        case ipc::DataplaneRequest::kGetGroups:
            *reply.mutable_groups() = show_groups(engine_.table());
            break;
        case ipc::DataplaneRequest::kGetAdjacencies:
            *reply.mutable_adjacencies() = show_adjacencies(engine_);
            break;
        case ipc::DataplaneRequest::kGetPunts: *reply.mutable_punts() = show_punts(engine_); break;
        case ipc::DataplaneRequest::kGetDrops: *reply.mutable_drops() = show_drops(engine_); break;
        case ipc::DataplaneRequest::kGetAccessLists:
            *reply.mutable_access_lists() = show_access_lists(engine_);
            break;
        case ipc::DataplaneRequest::kGetWorkers:
            *reply.mutable_workers() = show_workers(engine_);
            break;
        case ipc::DataplaneRequest::kStartTrace:
        case ipc::DataplaneRequest::kGetTrace:
        case ipc::DataplaneRequest::kStartCapture:
        case ipc::DataplaneRequest::kGetCapture:
        case ipc::DataplaneRequest::kStopCapture: return watch_packets(request);
        case ipc::DataplaneRequest::kSetBfdSessions:
            if (const auto done = bfd_.configure(request.set_bfd_sessions()); !done) {
                return unexpected(done.error());
            }
            break;
        case ipc::DataplaneRequest::kSubscribeBfd:
        case ipc::DataplaneRequest::kGetBfdSessions: break;  // in handle()
        case ipc::DataplaneRequest::BODY_NOT_SET:
            return fail(
                "this packet engine does not know the request: are all of the same version?");
    }
    return reply;
}

Result<ipc::DataplaneReply> Server::watch_packets(const ipc::DataplaneRequest& request) {
    ipc::DataplaneReply reply;
    PacketWatch& watch = engine_.packet_watch();
    Result<void> done;
    switch (request.body_case()) {
        case ipc::DataplaneRequest::kStartTrace:
            done = watch.start_trace(request.start_trace(),
                                     static_cast<unsigned>(engine_.workers().size()));
            *reply.mutable_trace() = watch.trace(false);
            break;
        case ipc::DataplaneRequest::kGetTrace:
            *reply.mutable_trace() = watch.trace(request.get_trace().stop());
            break;
        case ipc::DataplaneRequest::kStartCapture:
            done = watch.start_capture(request.start_capture(),
                                       static_cast<unsigned>(engine_.workers().size()));
            *reply.mutable_capture() = watch.capture_status();
            break;
        case ipc::DataplaneRequest::kStopCapture:
            *reply.mutable_capture() = watch.stop_capture();
            break;
        default: *reply.mutable_capture() = watch.capture_status(); break;
    }
    if (!done) return unexpected(done.error());
    return reply;
}

Result<ipc::DataplaneReply> Server::configure(const ipc::ConfigureDataplane& request) {
    Result<Config> config = read_config(request.config());
    if (!config) return unexpected(config.error());
    ipc::DataplaneReply reply;
    ipc::Configured& configured = *reply.mutable_configured();
    configured.set_config_version(request.config_version());
    if (request.check_only()) {
        if (const auto possible = engine_.check(*config); !possible) {
            return unexpected(possible.error());
        }
        if (const auto possible = machine_.check(*config); !possible) {
            return unexpected(possible.error());
        }
        return reply;
    }
    std::vector<std::string> cards;
    for (const Port* port : engine_.ports().all()) {
        if (port->spec.driver == Driver::pci) cards.push_back(port->spec.device);
    }
    const auto lacking = machine_.prepare(*config, cards);
    if (!lacking) return unexpected(lacking.error());
    if (!lacking->empty()) {
        spent_(Successor::service);
        configured.set_note(fmt::format("the packet engine starts anew: its ports need {}",
                                        fmt::join(*lacking, ", ")));
        return reply;
    }
    Result<std::string> note = engine_.configure(*config);
    if (engine_.spent()) spent_(Successor::same_process);
    if (!note) return unexpected(note.error());
    // One that begins anew has its cards until then.
    const auto returned = engine_.spent() ? Result<void>() : machine_.give_back(*config, cards);
    if (!returned) kLog.warning("{}", returned.error().message);
    config_version_ = request.config_version();
    ipc::apply_logging(request.config().logging(), "torii-dataplane");
    configured.set_note(std::move(*note));
    for (std::string& path : engine_.restart_pending()) {
        configured.add_restart_pending(std::move(path));
    }
    kLog.info("configured version={} ports={}", config_version_, config->ports.size());
    return reply;
}

Result<ipc::DataplaneReply> Server::update_fib(const ipc::FibUpdate& update) {
    Result<fib::FibTransaction> transaction = read_update(update);
    if (!transaction) return unexpected(transaction.error());
    if (const auto done = engine_.apply(std::move(*transaction)); !done) {
        return unexpected(done.error());
    }
    fib_version_ = update.version();
    ipc::DataplaneReply reply;
    reply.mutable_fib_result()->set_version(fib_version_);
    const fib::TableSizes sizes = engine_.table().sizes();
    reply.mutable_fib_result()->set_routes(sizes.routes_v4 + sizes.routes_v6);
    return reply;
}

ipc::DataplaneStatus Server::status() const {
    ipc::DataplaneStatus status;
    status.set_config_version(config_version_);
    status.set_fib_version(fib_version_);
    const fib::TableSizes sizes = engine_.table().sizes();
    status.set_routes_v4(sizes.routes_v4);
    status.set_routes_v6(sizes.routes_v6);
    status.set_groups(sizes.groups);
    status.set_next_hops(sizes.next_hops);
    status.set_tables_v4(sizes.tables_v4);
    status.set_tables_v4_max(sizes.tables_v4_max);
    status.set_tables_v6(sizes.tables_v6);
    status.set_tables_v6_max(sizes.tables_v6_max);
    status.set_counted_routes(sizes.counted_routes);
    status.set_uncounted_routes(sizes.uncounted_routes);
    status.set_started_unix_seconds(started_);
    status.set_resident_memory(resident_memory());
    status.set_process_id(static_cast<std::uint32_t>(::getpid()));
    status.set_cpu_milliseconds(static_cast<std::uint64_t>(cpu_time().count()));
    show_ecmp(engine_.config(), status);
    if (const dpdk::MbufPool* pool = engine_.pool()) {
        status.set_buffers(pool->buffers());
        status.set_buffers_in_use(pool->in_use());
    }
    return status;
}

// All changes of one turn of the loop in one event.
void Server::tell_ports() {
    if (std::exchange(ports_pending_, true)) return;
    loop_.post([this, alive = alive_] {
        if (!*alive) return;
        ports_pending_ = false;
        ipc::DataplaneReply event;
        *event.mutable_ports() = show_ports(engine_);
        send_to(port_subscribers_, event);
    });
}

void Server::send_to(std::vector<Socket::SessionPtr>& subscribers,
                     const ipc::DataplaneReply& event) {
    std::erase_if(subscribers, [](const auto& session) { return !session->alive(); });
    for (const auto& session : subscribers) session->send(event);
}

void Server::show_bfd(std::uint64_t request, const Socket::SessionPtr& session) {
    bfd_.ask([request, session](const ipc::BfdSessionStates& states) {
        if (!session->alive()) return;
        ipc::DataplaneReply reply;
        reply.set_id(request);
        *reply.mutable_bfd_sessions() = states;
        session->send(reply);
    });
}

void Server::tell_bfd(const ipc::BfdSessionStates& states) {
    ipc::DataplaneReply event;
    *event.mutable_bfd_sessions() = states;
    send_to(bfd_subscribers_, event);
}

}  // namespace torii::dataplane
