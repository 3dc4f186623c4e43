#include "mgmt/server/netconf_service.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace torii::mgmt {
namespace {

namespace json = boost::json;

const char* kind_name(CommitEvent::Kind kind) {
    switch (kind) {
        case CommitEvent::Kind::waiting: return "waiting";
        case CommitEvent::Kind::confirmed: return "confirmed";
        case CommitEvent::Kind::undone: return "undone";
        default: return "committed";
    }
}

}  // namespace

NetconfService::NetconfService(Scheduler& scheduler, const datastore::Datastore& store,
                               Sessions& sessions, CommitEngine& engine, StateReport& state,
                               Bookkeeping& books)
    : events_(store.moment().unix_seconds()),
      router_{store,
              sessions,
              engine,
              state,
              books,
              events_,
              scheduler,
              [this] { return list(); },
              [this](std::uint64_t id, std::uint64_t by) { return kill(id, by); }} {
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

void NetconfService::committed(const CommitEvent& event) {
    if (event.kind == CommitEvent::Kind::refused) return;
    json::object body{{"kind", kind_name(event.kind)},
                      {"id", std::to_string(event.version)},
                      {"user", event.author.user},
                      {"through", event.author.through},
                      {"changes", std::to_string(event.differences.size())}};
    if (event.author.session != 0) body["session-id"] = std::to_string(event.author.session);
    if (!event.comment.empty()) body["comment"] = event.comment;
    if (!event.reason.empty()) body["reason"] = event.reason;
    if (event.within.count() != 0) body["confirm-within"] = std::to_string(event.within.count());
    events_.add({router_.store.moment().unix_seconds(),
                 json::serialize(json::object{{"torii-system:commit-done", std::move(body)}})});
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

bool NetconfService::kill(std::uint64_t id, std::uint64_t by) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) return false;
    ipc::NetconfOutput output;
    output.set_ended(true);
    output.set_reason(fmt::format("session {} ended this one", by));
    const Send event = found->second.event;
    end_(id);
    event(output);
    return true;
}

}  // namespace torii::mgmt
