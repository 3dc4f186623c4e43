#include "mgmt/metrics/metrics.h"

namespace torii::metrics {
namespace {

void add_management(Exposition& to, const Management& management) {
    to.family("torii_build_info", Kind::gauge, "Release of the router; always 1.");
    to.sample({{"version", management.version}}, 1);
    to.single("torii_config_version", Kind::gauge, "Number of the commit that is running.",
              management.config_version);
    to.single("torii_commits_total", Kind::counter, "Commits since torii-mgmtd started.",
              management.commits);
    if (management.last_commit_unix_seconds != 0) {
        to.single("torii_last_commit_timestamp_seconds", Kind::gauge,
                  "Time of the newest commit, Unix time.", management.last_commit_unix_seconds);
    }
}

// A sample of each daemon that answers.
template <class Value>
void add_of_daemons(Exposition& to, std::string_view name, std::string_view help,
                    const std::optional<Controlplane>& controlplane,
                    const std::optional<Dataplane>& dataplane, const Value& value) {
    to.family(name, Kind::gauge, help);
    if (controlplane) to.sample({{"process", "controlplane"}}, value(controlplane->status));
    if (dataplane) to.sample({{"process", "dataplane"}}, value(dataplane->status));
}

void add_processes(Exposition& to, const Management& management,
                   const std::optional<Controlplane>& controlplane,
                   const std::optional<Dataplane>& dataplane) {
    to.family("torii_process_up", Kind::gauge, "1 while the daemon answers.");
    to.sample({{"process", "controlplane"}}, controlplane ? 1 : 0);
    to.sample({{"process", "dataplane"}}, dataplane ? 1 : 0);
    add_of_daemons(to, "torii_process_start_time_seconds", "Start of the daemon, Unix time.",
                   controlplane, dataplane, [](const auto& status) {
                       return static_cast<std::uint64_t>(status.started_unix_seconds());
                   });
    add_of_daemons(to, "torii_process_resident_memory_bytes", "Memory of the daemon.", controlplane,
                   dataplane, [](const auto& status) { return status.resident_memory(); });
    add_of_daemons(to, "torii_process_config_lag",
                   "Commits that the daemon is behind the running configuration.", controlplane,
                   dataplane, [&management](const auto& status) {
                       return management.config_version - status.config_version();
                   });
}

}  // namespace

std::string text(const Management& management, const std::optional<Controlplane>& controlplane,
                 const std::optional<Dataplane>& dataplane) {
    Exposition out;
    add_management(out, management);
    add_processes(out, management, controlplane, dataplane);
    if (controlplane) add_bgp(out, *controlplane);
    if (dataplane) add_forwarding(out, *dataplane);
    return out.take();
}

}  // namespace torii::metrics
