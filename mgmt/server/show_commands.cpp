#include "mgmt/server/show_commands.h"

#include "mgmt/server/configured_names.h"
#include "mgmt/server/show_answer.h"
#include "mgmt/server/table_stream.h"
#include "mgmt/show/bgp.h"
#include "mgmt/show/routes.h"
#include "mgmt/show/text.h"
#include "platform/base/prefix.h"

#include <boost/json/parse.hpp>

#include <array>
#include <chrono>
#include <utility>

namespace torii::mgmt {
namespace {

namespace json = boost::json;

std::int64_t unix_now() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

void ShowCommands::add_to(Grammar& grammar) {
    grammar.add("show version", "The release.", [](const Invocation&, const Done& done) {
        done({fmt::format("torii {}\n", TORII_VERSION)});
    });
    const auto show_status = [this](const Invocation& asked, const Done& done) {
        status(asked.form, done);
    };
    grammar.add("show status", "The daemons and the configuration they run.", show_status);
    grammar.add("show platform", "As show status.", show_status);
    add_bgp(grammar, "show ip bgp", ipc::IPV4_UNICAST);
    add_bgp(grammar, "show bgp", ipc::IPV4_UNICAST);
    add_bgp(grammar, "show bgp ipv4", ipc::IPV4_UNICAST);
    add_bgp(grammar, "show bgp ipv4 unicast", ipc::IPV4_UNICAST);
    add_bgp(grammar, "show bgp ipv6", ipc::IPV6_UNICAST);
    add_bgp(grammar, "show bgp ipv6 unicast", ipc::IPV6_UNICAST);
    add_routes(grammar, "show ip route", ipc::IPV4_UNICAST);
    add_routes(grammar, "show route", ipc::IPV4_UNICAST);
    add_routes(grammar, "show ipv6 route", ipc::IPV6_UNICAST);
    add_interfaces(grammar);
    add_forwarding(grammar);
    add_policies(grammar);
    add_configuration(grammar);
}

void ShowCommands::add_bgp(Grammar& grammar, const std::string& start, ipc::AddressFamily family) {
    const std::string title = show::family_title(family);
    grammar.add(start, fmt::format("All paths of {}.", title),
                [this, family](const Invocation& asked, const Done& done) {
                    bgp_table(family, "", asked.form, done);
                });
    grammar.add(start + " summary", fmt::format("The neighbors, a line each ({}).", title),
                [this, family](const Invocation& asked, const Done& done) {
                    bgp_summary(family, asked.form, done);
                });
    grammar.add(
        start + " neighbors", "The neighbors in full.",
        [this](const Invocation& asked, const Done& done) { bgp_neighbors("", asked.form, done); });
    grammar.add(
        start + " neighbors <address>", "One neighbor in full.",
        [this](const Invocation& asked, const Done& done) {
            bgp_neighbors(asked.arguments[0], asked.form, done);
        },
        configured_names(store_, {"bgp", "neighbor"}));
    add_neighbor_routes(grammar, start, family);
    grammar.add(start + " <prefix>", "The paths of one prefix, or those an address uses.",
                [this, family](const Invocation& asked, const Done& done) {
                    bgp_table(family, asked.arguments[0], asked.form, done);
                });
}

void ShowCommands::bgp_summary(ipc::AddressFamily family, Form form, const Done& done) {
    ipc::ControlplaneRequest request;
    request.mutable_get_bgp_summary()->set_family(family);
    controlplane_.ask(std::move(request), [=](const Result<ipc::ControlplaneReply>& reply) {
        if (!reply) return done(failure(reply.error().message));
        const auto& summary = reply->bgp_summary();
        if (summary.local_as() == 0) return done(bgp_is_off());
        done(form == Form::json ? json_output(show::bgp_summary_json(summary, family))
                                : Output{show::bgp_summary(summary, family)});
    });
}

void ShowCommands::bgp_table(ipc::AddressFamily family, const std::string& prefix, Form form,
                             const Done& done) {
    ipc::GetBgpTable question;
    question.set_family(family);
    question.set_prefix(prefix);
    if (form == Form::json) {
        return stream_table(controlplane_, std::move(question), show::BgpTableJson(), done);
    }
    if (prefix.empty()) {
        return stream_table(controlplane_, std::move(question), show::BgpTableText(), done);
    }
    const auto text = [](const ipc::BgpTable& table) { return show::bgp_route(table, unix_now()); };
    stream_table(controlplane_, std::move(question), Detail<ipc::BgpTable>{text}, done);
}

void ShowCommands::bgp_neighbors(const std::string& address, Form form, const Done& done) {
    // The router ID stands in each neighbor's lines but is not the neighbor's.
    ipc::ControlplaneRequest request;
    request.mutable_get_bgp_summary()->set_family(ipc::IPV4_UNICAST);
    controlplane_.ask(std::move(request), [=, this](const Result<ipc::ControlplaneReply>& first) {
        if (!first) return done(failure(first.error().message));
        if (first->bgp_summary().local_as() == 0) return done(bgp_is_off());
        const std::string router_id = first->bgp_summary().router_id();
        ipc::ControlplaneRequest second;
        second.mutable_get_bgp_neighbors()->set_address(address);
        controlplane_.ask(std::move(second), [=](const Result<ipc::ControlplaneReply>& reply) {
            if (!reply) return done(failure(reply.error().message));
            const auto& neighbors = reply->bgp_neighbors();
            if (form == Form::json) {
                return done(json_output(show::bgp_neighbors_json(neighbors, router_id)));
            }
            done({show::bgp_neighbors(neighbors, router_id)});
        });
    });
}

void ShowCommands::add_routes(Grammar& grammar, const std::string& start,
                              ipc::AddressFamily family) {
    const auto add = [&](const std::string& word, const std::string& protocol,
                         const std::string& help) {
        grammar.add(start + word, help,
                    [this, family, protocol](const Invocation& asked, const Done& done) {
                        routes(family, "", protocol, asked.form, done);
                    });
    };
    add("", "", "The routes.");
    add(" bgp", "bgp", "The routes learned by BGP.");
    add(" connected", "connected", "The subnets of our interfaces.");
    add(" local", "local", "Our own addresses.");
    add(" static", "static", "The configured routes.");
    grammar.add(start + " <prefix>", "The route of a prefix, or the one an address uses.",
                [this, family](const Invocation& asked, const Done& done) {
                    routes(family, asked.arguments[0], "", asked.form, done);
                });
}

void ShowCommands::routes(ipc::AddressFamily family, const std::string& prefix,
                          const std::string& protocol, Form form, const Done& done) {
    ipc::GetRoutes question;
    question.set_family(family);
    question.set_prefix(prefix);
    question.set_protocol(protocol);
    if (form == Form::json) {
        return stream_table(controlplane_, std::move(question), show::RoutesJson(), done);
    }
    if (prefix.empty()) {
        return stream_table(controlplane_, std::move(question), show::RoutesText(), done);
    }
    stream_table(controlplane_, std::move(question), Detail<ipc::Routes>{show::route_detail}, done);
}

void ShowCommands::add_configuration(Grammar& grammar) {
    const auto running = [this](const Invocation& asked, const Done& done) {
        const std::string section = asked.arguments.empty() ? "" : asked.arguments[0];
        done(configuration_text(store_.running(), section, asked.form));
    };
    const auto sections = [this](const std::vector<std::string>&) { return store_.choices({}); };
    grammar.add_configuration("show configuration", "The running configuration.", running);
    grammar.add_configuration("show configuration running", "The running configuration.", running);
    grammar.add_configuration("show running-config", "The running configuration.", running);
    grammar.add_configuration("show configuration <section>",
                              "A part of the running configuration.", running, sections);
    grammar.add_configuration("show configuration running <section>",
                              "A part of the running configuration.", running, sections);
}

Output configuration_text(const yang::Configuration& configuration, const std::string& section,
                          Form form) {
    std::string text;
    const yang::Configuration shown = configuration.redacted();
    if (form == Form::json) {
        return json_output(json::parse(shown.json(section)));
    }
    if (form == Form::set) {
        for (const std::string& line : shown.set_commands(section)) text += line + "\n";
    } else if (form == Form::xml) {
        text = shown.xml(section);
    } else {
        text = shown.braces(section);
    }
    if (!text.empty()) return {text};
    return {section.empty() ? "Nothing is configured.\n"
                            : fmt::format("Nothing is configured in {}.\n", section)};
}

void ShowCommands::status(Form form, const Done& done) {
    struct Row {
        std::string state = "not running";
        std::uint64_t version = 0;
        std::int64_t started = 0;
        std::string remark;
    };
    struct Gathered {
        std::array<Row, 2> rows;
        int open = 2;
    };
    auto gathered = std::make_shared<Gathered>();
    const auto finish = [=, this] {
        if (--gathered->open != 0) return;
        show::Table table({"Daemon", "State", "Configuration", "Since", "Remark"});
        table.add({"mgmtd", "running", std::to_string(store_.version()), "-",
                   store_.warnings().empty() ? "" : store_.warnings().front()});
        json::object data{{"mgmtd", json::object{{"configVersion", store_.version()}}}};
        const std::array<const Daemon*, 2> daemons{&controlplane_, &dataplane_};
        for (std::size_t index = 0; index < daemons.size(); ++index) {
            const Row& row = gathered->rows[index];
            const auto& known = push_.state(*daemons[index]);
            std::string remark = row.remark;
            for (const std::string& more : {known.error, known.note}) {
                if (!more.empty()) remark += (remark.empty() ? "" : "; ") + more;
            }
            table.add({daemons[index]->name(), row.state, std::to_string(row.version),
                       row.started == 0 ? "-" : show::date_text(row.started), remark});
            data[daemons[index]->name()] = json::object{{"state", row.state},
                                                        {"configVersion", row.version},
                                                        {"startedUnixSeconds", row.started},
                                                        {"remark", remark}};
        }
        done(form == Form::json ? json_output(data) : Output{table.text()});
    };
    ipc::ControlplaneRequest control;
    control.mutable_get_status();
    controlplane_.ask(std::move(control), [=](const Result<ipc::ControlplaneReply>& reply) {
        Row& row = gathered->rows[0];
        if (reply) {
            const auto& got = reply->status();
            row = {"running", got.config_version(), got.started_unix_seconds(),
                   show::status_remark(got)};
        }
        finish();
    });
    ipc::DataplaneRequest data;
    data.mutable_get_status();
    dataplane_.ask(std::move(data), [=](const Result<ipc::DataplaneReply>& reply) {
        Row& row = gathered->rows[1];
        if (reply) {
            const auto& got = reply->status();
            row = {"running", got.config_version(), got.started_unix_seconds(), ""};
        }
        finish();
    });
}

}  // namespace torii::mgmt
