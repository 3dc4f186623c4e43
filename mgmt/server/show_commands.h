#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/config_push.h"
#include "mgmt/server/gatherer.h"
#include "mgmt/server/grammar.h"

#include <functional>
#include <string>
#include <vector>

namespace torii::mgmt {

// The commands that look and change nothing.
class ShowCommands {
public:
    ShowCommands(const datastore::Datastore& store, ControlplaneLink& controlplane,
                 DataplaneLink& dataplane, Gatherer& gatherer, ConfigPush& push)
        : store_(store),
          controlplane_(controlplane),
          dataplane_(dataplane),
          gatherer_(gatherer),
          push_(push) {}

    void add_to(Grammar& grammar);

private:
    void add_bgp(Grammar& grammar, const std::string& start, ipc::AddressFamily family);
    void add_routes(Grammar& grammar, const std::string& start, ipc::AddressFamily family);
    void add_forwarding(Grammar& grammar);
    void add_interfaces(Grammar& grammar);
    void add_policies(Grammar& grammar);
    void add_neighbor_routes(Grammar& grammar, const std::string& start, ipc::AddressFamily family);
    void add_configuration(Grammar& grammar);

    void bgp_summary(ipc::AddressFamily family, Form form, const Done& done);
    void bgp_table(ipc::AddressFamily family, const std::string& prefix, Form form,
                   const Done& done);
    void bgp_neighbors(const std::string& address, Form form, const Done& done);
    void neighbor_routes(const std::string& address, ipc::AddressFamily family,
                         ipc::NeighborRoutes routes, Form form, const Done& done);
    void bgp_peer_groups(const std::string& name, Form form, const Done& done);
    using PolicyText = std::function<std::string(const ipc::Policies&)>;
    void policies(Form form, const Done& done, const PolicyText& text);
    void routes(ipc::AddressFamily family, const std::string& prefix, const std::string& protocol,
                Form form, const Done& done);
    void forwarding_routes(const std::string& prefix, Form form, const Done& done);
    // What the packet engine has counted of the route to a prefix; nothing where no route is.
    void ask_route_count(const std::string& prefix,
                         const std::function<void(const std::string&)>& then);
    using InterfacesText =
        std::function<std::string(const ipc::PortStatusList&, const ipc::ControlplaneConfig&)>;
    // A text that is empty says that there is no interface `name`; without one it is of all.
    void interfaces(Form form, const Done& done, const InterfacesText& text,
                    const std::string& name = {});
    void status(Form form, const Done& done);

    const datastore::Datastore& store_;
    ControlplaneLink& controlplane_;
    DataplaneLink& dataplane_;
    Gatherer& gatherer_;
    ConfigPush& push_;
};

[[nodiscard]] Output problem_output(const yang::Problem& problem);
// A word that is wrong among the arguments, as one of the whole line.
[[nodiscard]] Output in_line(const Invocation& asked, Output output);

// Set commands in FRR's words: `load frr` makes the same configuration of them.
[[nodiscard]] std::string frr_text(const std::vector<std::string>& set_commands);

// What the words of `path` lead to in a configuration, in the form asked for. Of a word that the
// model does not have the output says which of `path` it is.
[[nodiscard]] Output configuration_text(const yang::Schema& schema,
                                        const yang::Configuration& configuration,
                                        const std::vector<std::string>& path, Form form);

}  // namespace torii::mgmt
