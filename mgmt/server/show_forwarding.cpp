#include "mgmt/server/configured_names.h"
#include "mgmt/server/show_answer.h"
#include "mgmt/server/show_commands.h"
#include "mgmt/show/bfd.h"
#include "mgmt/show/forwarding.h"
#include "mgmt/yang/typed_config.h"
#include "platform/base/prefix.h"
#include "platform/ipc/convert.h"

#include <initializer_list>
#include <utility>

namespace torii::mgmt {
namespace {

// An address stands for its host prefix.
Result<Prefix> parse_prefix(const std::string& text) {
    if (text.find('/') != text.npos) return Prefix::parse(text);
    const auto address = IpAddress::parse(text);
    if (!address) return unexpected(address.error());
    return Prefix::host(*address);
}

// Adds commands that are one question to the packet engine each.
class EngineQuestions {
public:
    EngineQuestions(Grammar& grammar, DataplaneLink& dataplane)
        : grammar_(grammar), dataplane_(dataplane) {}

    // All patterns are the same command. `part`: of the reply; `render`: its text.
    template <class Part, class Render>
    void add(std::initializer_list<const char*> patterns, const char* help,
             const ipc::DataplaneRequest& request, Part part, Render render) const {
        const auto run = [=, &dataplane = dataplane_](const Invocation& asked, const Done& done) {
            dataplane.ask(request, showing(asked.form, done, part, render));
        };
        for (const char* pattern : patterns) grammar_.add(pattern, help, run);
    }

private:
    Grammar& grammar_;
    DataplaneLink& dataplane_;
};

using Reply = ipc::DataplaneReply;

// Of these octets an address has.
auto neighbors_of(std::size_t octets) {
    return [octets](const Reply& reply) {
        ipc::Adjacencies out;
        for (const auto& one : reply.adjacencies().adjacencies()) {
            if (one.address().size() == octets) *out.add_adjacencies() = one;
        }
        return out;
    };
}

void add_tables(const EngineQuestions& questions) {
    ipc::DataplaneRequest request;
    request.mutable_get_status();
    questions.add(
        {"show forwarding", "show platform buffers"},
        "How full the packet engine's tables and buffers are.", request,
        [](const Reply& reply) -> const auto& { return reply.status(); }, show::forwarding_status);
    request.mutable_get_groups();
    questions.add(
        {"show forwarding groups"}, "Next-hop groups with packets per member.", request,
        [](const Reply& reply) -> const auto& { return reply.groups(); }, show::forwarding_groups);
    request.mutable_get_adjacencies();
    questions.add(
        {"show forwarding adjacencies"}, "The neighbors' MAC addresses.", request,
        [](const Reply& reply) -> const auto& { return reply.adjacencies(); },
        show::forwarding_adjacencies);
    questions.add({"show arp"}, "The IPv4 hosts of our subnets: address, MAC, state.", request,
                  neighbors_of(4), show::forwarding_adjacencies);
    questions.add({"show ipv6 neighbors"}, "The IPv6 hosts of our subnets: address, MAC, state.",
                  request, neighbors_of(16), show::forwarding_adjacencies);
    request.mutable_get_forwarding();
    const auto forwarding = [](const Reply& reply) -> const auto& {
        return reply.forwarding();
    };
    questions.add({"show forwarding route"}, "The routes that packets take.", request, forwarding,
                  show::forwarding_routes);
    request.mutable_get_forwarding()->set_counted(true);
    questions.add({"show forwarding route-counters"}, "Packets and octets of single routes.",
                  request, forwarding, show::forwarding_route_counters);
}

void add_counters(const EngineQuestions& questions) {
    ipc::DataplaneRequest request;
    request.mutable_get_ports();
    questions.add(
        {"show forwarding ports", "show platform ports"}, "The ports with their counters.", request,
        [](const Reply& reply) -> const auto& { return reply.ports(); }, show::forwarding_ports);
    request.mutable_get_drops();
    const auto drops = [](const Reply& reply) -> const auto& {
        return reply.drops();
    };
    questions.add({"show forwarding drops"}, "Dropped packets by reason.", request, drops,
                  show::forwarding_drops);
    questions.add({"show forwarding drops ports"}, "Dropped packets by port, worker and reason.",
                  request, drops, show::forwarding_drops_of_ports);
    request.mutable_get_punts();
    questions.add(
        {"show forwarding punts", "show punt"}, "Packets for the router itself, and their limits.",
        request, [](const Reply& reply) -> const auto& { return reply.punts(); },
        show::forwarding_punts);
}

void add_bfd(const EngineQuestions& questions) {
    ipc::DataplaneRequest request;
    request.mutable_get_bfd_sessions();
    const auto sessions = [](const Reply& reply) -> const auto& {
        return reply.bfd_sessions();
    };
    questions.add({"show bfd", "show bfd peers"}, "BFD sessions.", request, sessions,
                  show::bfd_peers);
    questions.add({"show bfd peers brief"}, "BFD sessions, a line each.", request, sessions,
                  show::bfd_brief);
    questions.add({"show bfd peers counters"}, "Packets of BFD sessions.", request, sessions,
                  show::bfd_counters);
}

}  // namespace

void ShowCommands::add_forwarding(Grammar& grammar) {
    const EngineQuestions questions(grammar, dataplane_);
    add_bfd(questions);
    add_tables(questions);
    add_counters(questions);
    grammar.add("show forwarding route <prefix>", "The route that packets to it take.",
                [this](const Invocation& asked, const Done& done) {
                    forwarding_routes(asked.arguments[0], asked.form, done);
                });
}

void ShowCommands::forwarding_routes(const std::string& prefix, Form form, const Done& done) {
    const auto wanted = parse_prefix(prefix);
    if (!wanted) return done(failure(wanted.error().message));
    ipc::DataplaneRequest request;
    *request.mutable_get_forwarding()->mutable_prefix() = ipc::to_proto(*wanted);
    const auto part = [](const Reply& reply) -> const auto& {
        return reply.forwarding();
    };
    dataplane_.ask(std::move(request), showing(form, done, part, show::forwarding_routes));
}

void ShowCommands::ask_route_count(const std::string& prefix,
                                   const std::function<void(const std::string&)>& then) {
    const auto wanted = parse_prefix(prefix);
    if (!wanted || store_.image()->typed.dataplane.route_counters().prefixes().empty()) {
        return then("");
    }
    ipc::DataplaneRequest request;
    *request.mutable_get_forwarding()->mutable_prefix() = ipc::to_proto(*wanted);
    dataplane_.ask(std::move(request), [then](const Result<ipc::DataplaneReply>& reply) {
        then(reply ? show::route_count(reply->forwarding()) : "");
    });
}

void ShowCommands::add_interfaces(Grammar& grammar) {
    const auto add = [&](const char* pattern, const char* help, auto* layout) {
        grammar.add(pattern, help, [this, layout](const Invocation& asked, const Done& done) {
            interfaces(asked.form, done, layout);
        });
    };
    add("show interfaces", "Links, addresses and packets.", show::interfaces);
    add("show interfaces brief", "Links and addresses.", show::interfaces_brief);
    add("show interfaces counters", "Packets and octets.", show::interfaces_counters);
    grammar.add(
        "show interfaces <name>", "One interface in full.",
        [this](const Invocation& asked, const Done& done) {
            const std::string name = asked.arguments[0];
            interfaces(
                asked.form, done,
                [name](const ipc::PortStatusList& ports, const ipc::ControlplaneConfig& config) {
                    return show::interface_detail(ports, config, name);
                },
                name);
        },
        configured_names(store_, {"interface"}));
}

void ShowCommands::interfaces(Form form, const Done& done, const InterfacesText& text,
                              const std::string& name) {
    ipc::DataplaneRequest request;
    request.mutable_get_ports();
    const auto config = yang::typed_config(store_.running()).controlplane;
    dataplane_.ask(std::move(request), [=](const Result<ipc::DataplaneReply>& reply) {
        if (!reply) return done(failure(reply.error().message));
        const std::string shown = text(reply->ports(), config);
        if (shown.empty()) {
            return done(failure(fmt::format("there is no interface {}: show interfaces", name)));
        }
        if (form != Form::json) return done({shown});
        boost::json::value all = show::interfaces_json(reply->ports(), config);
        if (name.empty()) return done(json_output(all));
        done(json_output(boost::json::object{{name, all.as_object().at(name)}}));
    });
}

}  // namespace torii::mgmt
