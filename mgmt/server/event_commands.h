#pragma once

#include "mgmt/rpc/event_log.h"
#include "mgmt/server/grammar.h"

namespace torii::mgmt {

// monitor events: what happens, a line each, until the client ends it.
class EventCommands {
public:
    explicit EventCommands(rpc::EventLog& events) : events_(events) {}

    void add_to(Grammar& grammar);

private:
    void follow(const Invocation& asked, const Done& done);

    rpc::EventLog& events_;
};

}  // namespace torii::mgmt
