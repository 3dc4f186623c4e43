#include "mgmt/server/netconf_service.h"

#include <fmt/format.h>

#include <utility>

namespace torii::mgmt {
NetconfService::NetconfService(Scheduler& scheduler, Background& background,
                               const datastore::Datastore& store, Sessions& sessions,
                               CommitEngine& engine, StateReport& state, Bookkeeping& books,
                               rpc::EventLog& events, ControlplaneLink& controlplane)
    : router_{store,
              sessions,
              engine,
              state,
              books,
              events,
              controlplane,
              scheduler,
              background,
              [this] { return list(); },
              [this](std::uint64_t id, std::uint64_t by) {
                  return end(id, fmt::format("session {} ended this one", by));
              }} {
    totals_.since = store.moment().unix_seconds();
}

Result<ipc::NetconfOutput> NetconfService::open(const SessionPtr& session, Send event) {
    const std::string& lacks = router_.store.schema().netconf_lacks();
    if (!lacks.empty()) return fail("{}", lacks);
    if (clients_.contains(session->id)) return fail("the session speaks NETCONF already");
    auto netconf = std::make_shared<rpc::NetconfSession>(
        std::make_unique<NetconfBackend>(router_, session,
                                         [event](const std::string& message) {
                                             ipc::NetconfOutput output;
                                             output.set_text(message);
                                             event(output);
                                         }),
        totals_);
    ++totals_.in_sessions;
    ipc::NetconfOutput output;
    output.set_text(netconf->hello());
    clients_[session->id] = {std::move(netconf), session, std::move(event)};
    return output;
}

void NetconfService::message(const Session& session, const std::string& text, const Send& done) {
    const auto found = clients_.find(session.id);
    if (found == clients_.end()) {
        ipc::NetconfOutput output;
        output.set_ended(true);
        output.set_reason("the session was ended");
        return done(output);
    }
    // It may be killed by then.
    const auto netconf = found->second.netconf;
    netconf->handle(text, [this, id = session.id, done](const rpc::Answer& answer) {
        const auto client = clients_.find(id);
        if (client != clients_.end()) client->second.closed = answer.ended && answer.reason.empty();
        ipc::NetconfOutput output;
        output.set_text(answer.text);
        output.set_chunked(answer.chunked);
        output.set_ended(answer.ended);
        output.set_reason(answer.reason);
        done(output);
    });
}

void NetconfService::gone(const Session& session) {
    const auto found = clients_.find(session.id);
    if (found == clients_.end()) return;
    if (!found->second.closed) ++totals_.dropped_sessions;
    clients_.erase(found);
}

std::vector<rpc::SessionInfo> NetconfService::list() const {
    std::vector<rpc::SessionInfo> out;
    for (const auto& [id, client] : clients_) {
        const Access& access = client.session->access;
        out.push_back({id, access.user, access.through, access.from, client.session->since,
                       client.netconf->statistics()});
    }
    return out;
}

bool NetconfService::end(std::uint64_t id, const std::string& reason) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) return false;
    ipc::NetconfOutput output;
    output.set_ended(true);
    output.set_reason(reason);
    const Send event = found->second.event;
    end_(id);
    event(output);
    return true;
}

}  // namespace torii::mgmt
