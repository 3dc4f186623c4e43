#pragma once

#include "mgmt/datastore/candidate.h"
#include "mgmt/server/answer_slot.h"

#include <cstdint>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace torii::mgmt {

// Who is at the other end.
struct Access {
    std::string user;
    Role role = Role::viewer;
    std::string through;  // cli, netconf
    std::string from;     // "pid 4711", for the list of sessions and for who waits for a lock
};

// What a session writes.
enum class Editing : std::uint8_t {
    nothing,
    shared,     // the candidate, as others do
    exclusive,  // the candidate, alone
    own,        // a copy
};

// One connected client. Sessions (sessions.h) makes them and knows them all.
struct Session {
    std::uint64_t id = 0;
    Access access;
    std::int64_t since = 0;  // unix seconds
    Editing editing = Editing::nothing;
    // The one it writes; outside of configure mode the shared one, to look at.
    std::shared_ptr<datastore::Candidate> candidate;
    std::vector<std::string> edit_path;  // what `edit` went into
    std::vector<std::string> notices;    // to be told with its next answer
    AnswerSlot answer;                   // the one under way

    [[nodiscard]] bool configuring() const { return editing != Editing::nothing; }
};

using SessionPtr = std::shared_ptr<Session>;

}  // namespace torii::mgmt
