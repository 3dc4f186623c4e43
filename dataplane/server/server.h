#pragma once

#include "dataplane/server/bfd_sessions.h"
#include "dataplane/server/engine.h"
#include "dataplane/server/machine.h"
#include "platform/ipc/server.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <platform/ipc/proto/dataplane.pb.h>
#include <string>
#include <vector>

namespace torii::dataplane {

// Who goes on where this process cannot: itself begun anew, or one that the service manager starts,
// with other rights.
enum class Successor : std::uint8_t { same_process, service };

// The packet engine behind its socket, RUN_DIR/dataplane.sock.
class Server {
public:
    // `spent` is called when this process can never be configured and a new one has to try.
    Server(EventLoop& loop, const std::string& run_dir, std::function<void(Successor)> spent);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    Result<void> start();

private:
    using Socket = ipc::Server<ipc::DataplaneRequest, ipc::DataplaneReply>;

    void handle(const ipc::DataplaneRequest& request, const Socket::SessionPtr& session);
    [[nodiscard]] Result<ipc::DataplaneReply> answer(const ipc::DataplaneRequest& request,
                                                     const Socket::SessionPtr& session);
    Result<ipc::DataplaneReply> configure(const ipc::ConfigureDataplane& request);
    // Traces and captures.
    Result<ipc::DataplaneReply> watch_packets(const ipc::DataplaneRequest& request);
    Result<ipc::DataplaneReply> update_fib(const ipc::FibUpdate& update);
    [[nodiscard]] ipc::DataplaneStatus status() const;
    void tell_ports();
    // Those that are still there.
    static void send_to(std::vector<Socket::SessionPtr>& subscribers,
                        const ipc::DataplaneReply& event);
    // The answer comes later.
    void show_bfd(std::uint64_t request, const Socket::SessionPtr& session);
    void tell_bfd(const ipc::BfdSessionStates& states);

    EventLoop& loop_;
    std::string socket_path_;
    std::function<void(Successor)> spent_;
    std::vector<Socket::SessionPtr> port_subscribers_;
    std::vector<Socket::SessionPtr> bfd_subscribers_;
    bool ports_pending_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::uint64_t config_version_ = 0;
    std::uint64_t fib_version_ = 0;
    std::int64_t started_ = 0;
    Machine machine_;
    Engine engine_;
    BfdSessions bfd_;
    std::unique_ptr<Socket> socket_;
};

}  // namespace torii::dataplane
