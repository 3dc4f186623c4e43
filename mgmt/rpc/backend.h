#pragma once

#include "mgmt/rpc/event_log.h"
#include "mgmt/rpc/rpc_error.h"
#include "mgmt/rpc/statistics.h"
#include "mgmt/yang/configuration.h"
#include "mgmt/yang/schema.h"
#include "mgmt/yang/table_wish.h"
#include "platform/base/clock.h"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace torii::rpc {

// What an operation answers: the inside of <rpc-reply>, empty for <ok/>; or what is wrong.
using Reply = Result<std::string, RpcErrors>;
using Replied = std::function<void(Reply)>;

enum class Target : std::uint8_t { running, candidate };

// A <commit> (RFC 6241 section 8.4).
struct CommitWish {
    bool confirmed = false;
    std::chrono::seconds within{600};
    std::string persist;     // empty: it ends with its session
    std::string persist_id;  // of the commit that waits
};

// What of an operation asks for a role.
enum class Needs : std::uint8_t { look, clear, change };

// The next entries of tables that are read on demand.
struct PageWish {
    yang::TableWishes tables;
    std::string cursor;  // from the page before; empty: from the beginning
    std::uint32_t limit = 0;
};
struct Page {
    std::vector<boost::json::object> documents;  // of the model, that are one together
    std::size_t entries = 0;
    std::string next;  // a cursor; empty: there are no more
};

// Whose sessions of BGP, and what becomes of them. Without a name: all.
struct ClearWish {
    enum class Manner : std::uint8_t { hard, soft, soft_in, soft_out };
    std::string neighbor;
    std::string peer_group;
    Manner manner = Manner::hard;
};

// A session as others see it (RFC 6022 section 2.1.4).
struct SessionInfo {
    std::uint64_t id = 0;
    std::string user;
    std::string through;  // cli, netconf
    std::string from;
    std::int64_t since = 0;  // unix seconds
    Statistics statistics{};
};
struct LockInfo {
    std::uint64_t session = 0;
    std::int64_t since = 0;
};

// What a session can do with the router. One per session; everything runs on one thread.
class Backend {
public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend() = default;

    [[nodiscard]] virtual const yang::Schema& schema() const = 0;
    [[nodiscard]] virtual std::uint64_t session() const = 0;
    // Whether the user's role allows it.
    [[nodiscard]] virtual Result<void> may(Needs needs) const = 0;

    // For the audit log: an operation that changes something, and how it ended.
    virtual void record(const std::string& action, const std::string& outcome) = 0;
    // Long work: `work` runs beside everything else and looks only at what it holds, then `done`
    // here. Others are served meanwhile.
    virtual void beside(std::function<void()> work, std::function<void()> done) = 0;
    // Makes a configuration without its secrets, as it is now; may be called beside.
    using Read = std::function<yang::Configuration()>;
    [[nodiscard]] virtual Read reader(Target target) const = 0;
    using Document = std::shared_ptr<const boost::json::object>;
    [[nodiscard]] virtual Document document(Target target) const = 0;
    // Whether nobody has changed the candidate since.
    [[nodiscard]] virtual bool is_candidate(const Document& document) const = 0;
    // Puts `document`, whose names and values were checked, in the candidate's place.
    virtual Reply write_candidate(boost::json::object document) = 0;
    virtual Reply discard() = 0;
    virtual Reply lock(Target target) = 0;
    virtual Reply unlock(Target target) = 0;

    virtual void commit(const CommitWish& wish, Replied done) = 0;
    virtual void cancel_commit(const std::string& persist_id, Replied done) = 0;
    // Whether the candidate could be committed, daemons included.
    virtual void validate_candidate(Replied done) = 0;

    // State of the router, as JSON documents of the model that are one together; of lists that are
    // read on demand only the tables named.
    using State = Result<std::vector<boost::json::object>, yang::TableFault>;
    virtual void state(yang::TableWishes tables, std::function<void(State)> done) = 0;
    virtual void page(PageWish wish, std::function<void(Result<Page, RpcError>)> done) = 0;
    virtual void clear_bgp(const ClearWish& wish, Replied done) = 0;
    [[nodiscard]] virtual std::vector<SessionInfo> sessions() const = 0;
    [[nodiscard]] virtual std::optional<LockInfo> lock_holder() const = 0;
    virtual EventLog& events() = 0;
    // A message to the client outside of answers.
    virtual void send(const std::string& message) = 0;
    [[nodiscard]] virtual std::int64_t now() const = 0;  // unix seconds
    [[nodiscard]] virtual Scheduler& scheduler() = 0;
    // Ends another session. False: there is none of this number.
    virtual bool kill(std::uint64_t session) = 0;
};

}  // namespace torii::rpc
