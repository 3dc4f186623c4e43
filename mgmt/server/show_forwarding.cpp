#include "mgmt/server/configured_names.h"
#include "mgmt/server/show_answer.h"
#include "mgmt/server/show_commands.h"
#include "mgmt/show/bfd.h"
#include "mgmt/show/forwarding.h"
#include "mgmt/yang/typed_config.h"
#include "platform/base/prefix.h"
#include "platform/ipc/convert.h"

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

ipc::DataplaneRequest all_routes() {
    ipc::DataplaneRequest request;
    request.mutable_get_forwarding();
    return request;
}

}  // namespace

void ShowCommands::add_forwarding(Grammar& grammar) {
    // One question to the packet engine, and how its answer is shown.
    const auto add = [&](const std::string& pattern, const std::string& help,
                         ipc::DataplaneRequest request, auto part, auto render) {
        grammar.add(pattern, help, [=, this](const Invocation& asked, const Done& done) {
            const Form form = asked.form;
            dataplane_.ask(request, [=](const Result<ipc::DataplaneReply>& reply) {
                if (!reply) return done(failure(reply.error().message));
                const auto& answer = part(*reply);
                done(form == Form::json ? message_output(answer) : Output{render(answer)});
            });
        });
    };
    using Reply = ipc::DataplaneReply;
    ipc::DataplaneRequest request;
    request.mutable_get_bfd_sessions();
    const auto sessions = [](const Reply& reply) -> const auto& {
        return reply.bfd_sessions();
    };
    add("show bfd peers", "BFD sessions.", request, sessions, show::bfd_peers);
    add("show bfd peers brief", "BFD sessions, a line each.", request, sessions, show::bfd_brief);
    add("show bfd peers counters", "Packets of BFD sessions.", request, sessions,
        show::bfd_counters);
    request.mutable_get_status();
    add(
        "show forwarding", "How full the packet engine's tables are.", request,
        [](const Reply& reply) -> const auto& { return reply.status(); }, show::forwarding_status);
    request.mutable_get_ports();
    add(
        "show forwarding ports", "The ports with their counters.", request,
        [](const Reply& reply) -> const auto& { return reply.ports(); }, show::forwarding_ports);
    request.mutable_get_groups();
    add(
        "show forwarding groups", "Next-hop groups with packets per member.", request,
        [](const Reply& reply) -> const auto& { return reply.groups(); }, show::forwarding_groups);
    request.mutable_get_adjacencies();
    add(
        "show forwarding adjacencies", "The neighbors' MAC addresses.", request,
        [](const Reply& reply) -> const auto& { return reply.adjacencies(); },
        show::forwarding_adjacencies);
    request.mutable_get_drops();
    add(
        "show forwarding drops", "Dropped packets by reason.", request,
        [](const Reply& reply) -> const auto& { return reply.drops(); }, show::forwarding_drops);
    request.mutable_get_punts();
    add(
        "show forwarding punts", "Packets for the router itself, and their limits.", request,
        [](const Reply& reply) -> const auto& { return reply.punts(); }, show::forwarding_punts);
    add(
        "show forwarding route", "The routes that packets take.", all_routes(),
        [](const Reply& reply) -> const auto& { return reply.forwarding(); },
        show::forwarding_routes);
    request.mutable_get_forwarding()->set_counted(true);
    add(
        "show forwarding route-counters", "Packets and octets of single routes.", request,
        [](const Reply& reply) -> const auto& { return reply.forwarding(); },
        show::forwarding_route_counters);
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
    dataplane_.ask(std::move(request), [=](const Result<ipc::DataplaneReply>& reply) {
        if (!reply) return done(failure(reply.error().message));
        const ipc::Forwarding& found = reply->forwarding();
        done(form == Form::json ? message_output(found) : Output{show::forwarding_routes(found)});
    });
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
    grammar.add(
        "show interfaces", "Links, addresses and packets.",
        [this](const Invocation& asked, const Done& done) { interfaces("", asked.form, done); });
    grammar.add(
        "show interfaces <name>", "One interface in full.",
        [this](const Invocation& asked, const Done& done) {
            interfaces(asked.arguments[0], asked.form, done);
        },
        configured_names(store_, {"interface"}));
}

void ShowCommands::interfaces(const std::string& name, Form form, const Done& done) {
    ipc::DataplaneRequest request;
    request.mutable_get_ports();
    const auto config = yang::typed_config(store_.running()).controlplane;
    dataplane_.ask(std::move(request), [=](const Result<ipc::DataplaneReply>& reply) {
        if (!reply) return done(failure(reply.error().message));
        if (form == Form::json)
            return done(json_output(show::interfaces_json(reply->ports(), config)));
        if (name.empty()) return done({show::interfaces(reply->ports(), config)});
        std::string text = show::interface_detail(reply->ports(), config, name);
        if (text.empty()) {
            return done(failure(fmt::format("there is no interface {}: show interfaces", name)));
        }
        done({std::move(text)});
    });
}

}  // namespace torii::mgmt
