#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <platform/ipc/proto/controlplane.pb.h>
#include <platform/ipc/proto/dataplane.pb.h>
#include <string>
#include <vector>

namespace torii::show {

// What is known about the router at one moment.
struct RouterState {
    struct Process {
        std::string name;
        bool running = false;
        std::optional<std::uint64_t> config_version{};  // nothing: it takes none
        std::int64_t started = 0;                       // unix seconds; 0 = unknown
        std::uint64_t resident_memory = 0;              // octets; 0 = unknown
        std::optional<std::uint64_t> restarts{};        // since mgmtd runs; nothing: unknown
        std::uint32_t id = 0;                           // 0 = unknown
        std::uint64_t cpu_milliseconds = 0;
    };
    // A socket that is configured.
    struct Service {
        std::string name;
        std::string address;
        std::uint16_t port = 0;
        std::string transport;  // tcp, udp
        std::string state;      // listening, sending, failed
    };
    struct Alarm {
        std::string source;
        std::string severity;
        std::int64_t since = 0;  // unix seconds
        std::string text;
    };
    struct Commit {
        std::uint64_t id = 0;
        std::int64_t unix_seconds = 0;
        std::string user;
        std::string through;
        std::string comment;
        std::uint64_t changes = 0;
    };
    std::int64_t now = 0;  // unix seconds
    std::string version;
    std::vector<Process> processes;
    std::vector<Service> services;
    std::vector<Commit> commits;
    std::vector<Alarm> alarms;
    std::vector<std::string> restart_pending;  // paths of the model
    ipc::ControlplaneConfig config;
    // What did not answer is not there.
    std::optional<ipc::ControlplaneStatus> controlplane;
    std::optional<ipc::BgpNeighbors> neighbors;
    std::optional<ipc::DataplaneStatus> dataplane;
    ipc::Forwarding counted;  // routes that are counted each for itself
    std::optional<ipc::PortStatusList> ports;
    std::optional<ipc::Policies> policies;
    std::optional<ipc::Workers> workers;
    std::optional<ipc::Punts> punts;
    std::optional<ipc::BfdSessionStates> bfd_sessions;
    std::optional<ipc::Drops> drops;
    std::optional<ipc::ForwardingGroups> groups;
};

// The nodes of the model that are not configuration (RFC 7951), in the entries of the lists that
// they are about.
[[nodiscard]] boost::json::object state_data(const RouterState& state);

}  // namespace torii::show
