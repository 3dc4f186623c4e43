#pragma once

#include "mgmt/server/access.h"
#include "mgmt/server/bookkeeping.h"
#include "mgmt/server/clear_commands.h"
#include "mgmt/server/commit_commands.h"
#include "mgmt/server/commit_engine.h"
#include "mgmt/server/configure_commands.h"
#include "mgmt/server/event_commands.h"
#include "mgmt/server/line_runner.h"
#include "mgmt/server/link_watch.h"
#include "mgmt/server/load_commands.h"
#include "mgmt/server/logging_service.h"
#include "mgmt/server/metrics_service.h"
#include "mgmt/server/netconf_service.h"
#include "mgmt/server/packet_commands.h"
#include "mgmt/server/platform_commands.h"
#include "mgmt/server/recording_commands.h"
#include "mgmt/server/sessions.h"
#include "mgmt/server/show_commands.h"
#include "mgmt/server/ssh_service.h"
#include "mgmt/server/state_commands.h"
#include "mgmt/server/system_commands.h"
#include "mgmt/server/tool_commands.h"
#include "platform/ipc/server.h"

#include <map>
#include <memory>
#include <platform/ipc/proto/mgmt.pb.h>
#include <string>

namespace torii::mgmt {

// torii-mgmtd without its main(): the configuration, the conversations with both daemons, and the
// shells' commands.
class Management {
public:
    // `with_platformd`: torii-platformd belongs to this router, which is not well without it.
    static Result<std::unique_ptr<Management>> start(EventLoop& loop, const yang::Schema& schema,
                                                     const std::string& config_file,
                                                     const std::string& run_dir,
                                                     RoleGroups groups = {},
                                                     bool with_platformd = false);

    // Runs one line of a session. `done` may come at once or later.
    void run(const SessionPtr& session, const std::string& line,
             const std::function<void(ipc::CommandOutput)>& done);
    [[nodiscard]] ipc::Completions complete(const Session& session, const std::string& line) const;

    [[nodiscard]] const datastore::Datastore& store() const { return store_; }
    [[nodiscard]] Sessions& sessions() { return sessions_; }

private:
    using Server = ipc::Server<ipc::MgmtRequest, ipc::MgmtReply>;

    Management(EventLoop& loop, datastore::Datastore store, host::SshPaths ssh,
               const std::string& run_dir, RoleGroups groups, bool with_platformd);
    Result<void> listen(EventLoop& loop, const std::string& run_dir);
    void add_commands();
    void happened(const CommitEvent& event);
    void told(const ipc::ControlplaneReply& event);
    void handle(const ipc::MgmtRequest& request, const Server::SessionPtr& client);
    void gone(const Server::SessionPtr& client);
    // After a commit: who has another role now, or none any more.
    void look_at_roles();
    void role_changed(Session& session, Role role);
    // Somebody wants another session to end, whatever it holds.
    [[nodiscard]] Output end_session(const Invocation& asked);
    // The session of a client, made with its first request; an error in words for one that may not
    // have any.
    Result<SessionPtr> session_of(const ipc::MgmtRequest& request,
                                  const Server::SessionPtr& client);
    void open_netconf(const ipc::MgmtRequest& request, const Server::SessionPtr& client,
                      const SessionPtr& session);
    bool deliver(const Session& session, const std::string& notice) const;
    static void run_matched(const SessionPtr& session, const Grammar::Match& match,
                            const std::vector<Pipe>& pipes, const Done& answer);
    [[nodiscard]] std::string prompt(const Session& session) const;
    [[nodiscard]] std::vector<yang::Choice> operational_choices(
        const std::vector<std::string>& before, Role role) const;
    [[nodiscard]] std::vector<yang::Choice> choices(const Session& session,
                                                    const std::vector<std::string>& before) const;

    // A client that was let in.
    struct Client {
        SessionPtr session;
        bool listens = false;
    };

    EventLoop& loop_;
    datastore::Datastore store_;
    RoleGroups groups_;
    ControlplaneLink controlplane_;
    DataplaneLink dataplane_;
    PlatformLink platform_;
    Gatherer gatherer_;
    MetricsService metrics_;
    LoggingService logging_;
    SshService ssh_;
    ConfigPush push_;
    Sessions sessions_;
    Bookkeeping books_;
    CommitEngine engine_;
    StateReport state_;
    ShowCommands show_;
    StateCommands state_commands_;
    ClearCommands clear_;
    RecordingCommands recording_;
    PacketCommands packets_;
    PlatformCommands platform_commands_;
    ConfigureCommands configure_;
    CommitCommands commit_;
    SystemCommands system_;
    LoadCommands load_;
    ToolCommands tools_;
    rpc::EventLog events_;
    LinkWatch links_;
    EventCommands event_commands_;
    NetconfService netconf_;
    Grammar operational_;
    Grammar configuring_;
    LineRunner runner_;
    std::map<Server::SessionPtr, Client> clients_;
    // Ends first: what it has not done yet holds parts of the others.
    BackgroundThread background_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::unique_ptr<Server> server_;
};

}  // namespace torii::mgmt
