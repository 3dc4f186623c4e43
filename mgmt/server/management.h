#pragma once

#include "mgmt/server/clear_commands.h"
#include "mgmt/server/configure_commands.h"
#include "mgmt/server/recording_commands.h"
#include "mgmt/server/show_commands.h"
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
    static Result<std::unique_ptr<Management>> start(EventLoop& loop, const yang::Schema& schema,
                                                     const std::string& config_file,
                                                     const std::string& run_dir);

    // Runs one line of a session. `done` may come at once or later.
    void run(const std::shared_ptr<Session>& session, const std::string& line,
             const std::function<void(ipc::CommandOutput)>& done);
    [[nodiscard]] ipc::Completions complete(const Session& session, const std::string& line) const;

    [[nodiscard]] const datastore::Datastore& store() const { return store_; }

private:
    using Server = ipc::Server<ipc::MgmtRequest, ipc::MgmtReply>;

    Management(EventLoop& loop, datastore::Datastore store, const std::string& run_dir);
    void add_commands();
    void handle(const ipc::MgmtRequest& request, const Server::SessionPtr& client);
    std::shared_ptr<Session> session_of(const Server::SessionPtr& client);
    [[nodiscard]] std::string prompt(const Session& session) const;
    [[nodiscard]] Output leave(Session& session) const;
    [[nodiscard]] std::vector<yang::Choice> choices(const Session& session,
                                                    const std::vector<std::string>& before) const;

    datastore::Datastore store_;
    ControlplaneLink controlplane_;
    DataplaneLink dataplane_;
    ConfigPush push_;
    ShowCommands show_;
    ClearCommands clear_;
    RecordingCommands recording_;
    ConfigureCommands configure_;
    Grammar operational_;
    Grammar configuring_;
    std::map<std::weak_ptr<Server::Session>, std::shared_ptr<Session>, std::owner_less<>> sessions_;
    std::unique_ptr<Server> server_;
};

}  // namespace torii::mgmt
