#pragma once

#include "mgmt/rpc/netconf_session.h"
#include "mgmt/server/netconf_backend.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <platform/ipc/proto/mgmt.pb.h>
#include <string>

namespace torii::mgmt {

// The sessions of NETCONF among those of mgmtd.
class NetconfService {
public:
    using Send = std::function<void(const ipc::NetconfOutput&)>;

    NetconfService(Scheduler& scheduler, Background& background, const datastore::Datastore& store,
                   Sessions& sessions, CommitEngine& engine, StateReport& state, Bookkeeping& books,
                   rpc::EventLog& events, ControlplaneLink& controlplane);

    // Makes `session` one of NETCONF. `event` reaches its client outside of answers. The hello, or
    // why there is no NETCONF.
    Result<ipc::NetconfOutput> open(const SessionPtr& session, Send event);
    // A message of its client. `done` may come at once or later.
    void message(const Session& session, const std::string& text, const Send& done);
    // Its client went.
    void gone(const Session& session);
    // Ends one and tells its client why; false when there is none of this number.
    bool end(std::uint64_t id, const std::string& reason);
    // Who frees what a session held that was ended.
    void end_with(std::function<void(std::uint64_t)> end) { end_ = std::move(end); }

private:
    struct Client {
        std::shared_ptr<rpc::NetconfSession> netconf;
        SessionPtr session;
        Send event;
        bool closed = false;  // as it should
    };
    [[nodiscard]] std::vector<rpc::SessionInfo> list() const;

    NetconfRouter router_;
    rpc::Totals totals_;
    std::map<std::uint64_t, Client> clients_;
    std::function<void(std::uint64_t)> end_;
};

}  // namespace torii::mgmt
