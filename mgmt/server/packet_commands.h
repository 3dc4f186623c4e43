#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/daemon_link.h"
#include "mgmt/server/grammar.h"

#include <string>
#include <vector>

namespace torii::mgmt {

// Access lists, and what can be seen of single packets: traces and captures.
class PacketCommands {
public:
    PacketCommands(const datastore::Datastore& store, DataplaneLink& dataplane)
        : store_(store), dataplane_(dataplane) {}

    void add_to(Grammar& grammar);

private:
    void add_access_lists(Grammar& grammar);
    void add_workers(Grammar& grammar);
    void add_trace(Grammar& grammar);
    void add_capture(Grammar& grammar);
    void access_lists(const std::string& name, Form form, const Done& done);
    void start_trace(const std::vector<std::string>& options, const Done& done);
    void start_capture(const std::vector<std::string>& options, const Done& done);

    const datastore::Datastore& store_;
    DataplaneLink& dataplane_;
};

}  // namespace torii::mgmt
