#include "mgmt/server/show_commands.h"

#include "mgmt/frr/print.h"
#include "mgmt/server/configured_names.h"
#include "mgmt/server/show_answer.h"
#include "mgmt/server/table_stream.h"
#include "mgmt/show/bgp.h"
#include "mgmt/show/routes.h"
#include "mgmt/show/text.h"
#include "platform/base/prefix.h"
#include "platform/base/words.h"
#include "platform/linux/program.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace torii::mgmt {

namespace json = boost::json;

void ShowCommands::add_to(Grammar& grammar) {
    for (const char* pattern : {"show version", "show system version"}) {
        grammar.add(pattern, "The release.", [](const Invocation& asked, const Done& done) {
            if (asked.form == Form::json) {
                return done(json_output(json::object{{"version", TORII_VERSION}}));
            }
            done({fmt::format("torii {}\n", TORII_VERSION)});
        });
    }
    const auto show_status = [this](const Invocation& asked, const Done& done) {
        status(asked.form, done);
    };
    grammar.add("show status", "The daemons and the configuration they run.", show_status);
    grammar.add("show system processes", "As show status.", show_status);
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
    grammar.add(start + " peer-group", "The peer-groups and who is in them.",
                [this](const Invocation& asked, const Done& done) {
                    bgp_peer_groups("", asked.form, done);
                });
    grammar.add(
        start + " peer-group <name>", "One peer-group.",
        [this](const Invocation& asked, const Done& done) {
            bgp_peer_groups(asked.arguments[0], asked.form, done);
        },
        configured_names(store_, {"bgp", "peer-group"}));
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
    const auto text = [this](const ipc::BgpTable& table) {
        return show::bgp_route(table, store_.moment().unix_seconds());
    };
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

void ShowCommands::bgp_peer_groups(const std::string& name, Form form, const Done& done) {
    const auto image = store_.image();
    if (!image->typed.controlplane.has_bgp()) return done(bgp_is_off());
    const auto& groups = image->typed.controlplane.bgp().peer_groups();
    const bool known =
        std::ranges::find(groups, name, &ipc::BgpPeerGroupConfig::name) != groups.end();
    if (!name.empty() && !known) {
        return done(failure(fmt::format("there is no peer-group {}: show bgp peer-group", name)));
    }
    ipc::ControlplaneRequest request;
    request.mutable_get_bgp_neighbors();
    controlplane_.ask(std::move(request), [=](const Result<ipc::ControlplaneReply>& reply) {
        if (!reply) return done(failure(reply.error().message));
        const auto& bgp = image->typed.controlplane.bgp();
        const auto& neighbors = reply->bgp_neighbors();
        done(form == Form::json ? json_output(show::bgp_peer_groups_json(bgp, neighbors, name))
                                : Output{show::bgp_peer_groups(bgp, neighbors, name)});
    });
}

void ShowCommands::add_routes(Grammar& grammar, const std::string& start,
                              ipc::AddressFamily family) {
    const auto add = [&](const std::string& word, const std::string& protocol,
                         const std::string& help) {
        grammar.add_routes(start + word, help,
                           [this, family, protocol](const Invocation& asked, const Done& done) {
                               routes(family, "", protocol, asked.form, done);
                           });
    };
    add("", "", "The routes.");
    add(" bgp", "bgp", "The routes learned by BGP.");
    add(" connected", "connected", "The subnets of our interfaces.");
    add(" local", "local", "Our own addresses.");
    add(" static", "static", "The configured routes.");
    grammar.add(start + " summary", "How many routes there are of each protocol.",
                [this, family](const Invocation& asked, const Done& done) {
                    ipc::GetRoutes question;
                    question.set_family(family);
                    if (asked.form == Form::json) {
                        return stream_table(controlplane_, std::move(question),
                                            show::RoutesSummaryJson(), done);
                    }
                    stream_table(controlplane_, std::move(question), show::RoutesSummary(), done);
                });
    grammar.add_routes(start + " <prefix>", "The route of a prefix, or the one an address uses.",
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
    if (form == Form::iproute) {
        return stream_table(controlplane_, std::move(question), show::RoutesLinux(), done);
    }
    if (prefix.empty()) {
        return stream_table(controlplane_, std::move(question), show::RoutesText(), done);
    }
    ask_route_count(prefix, [=, this](const std::string& count) {
        const auto text = [count](const ipc::Routes& found) {
            return show::route_detail(found) + count;
        };
        stream_table(controlplane_, question, Detail<ipc::Routes>{text}, done);
    });
}

void ShowCommands::add_configuration(Grammar& grammar) {
    const auto running = [this](const Invocation& asked, const Done& done) {
        done(in_line(asked, configuration_text(store_.schema(), store_.running(), asked.arguments,
                                               asked.form)));
    };
    const auto words = [this](const std::vector<std::string>& before) {
        return store_.choices(before);
    };
    for (const char* pattern :
         {"show configuration", "show configuration running", "show running-config"}) {
        grammar.add_configuration(fmt::format("{} <path>...", pattern),
                                  "The running configuration, or a part of it.", running, words);
    }
}

std::string frr_text(const std::vector<std::string>& set_commands) {
    std::vector<std::vector<std::string>> commands;
    for (const std::string& line : set_commands) {
        const auto split = split_line(line);
        std::vector<std::string>& words = commands.emplace_back();
        for (std::size_t index = 1; split && index < split->words.size(); ++index) {
            words.push_back(split->words[index].text);
        }
    }
    return frr::print(commands);
}

Output in_line(const Invocation& asked, Output output) {
    if (output.word) *output.word += asked.first_argument;
    return output;
}

Output problem_output(const yang::Problem& problem) {
    Output output = failure(problem.text());
    output.word = problem.word;
    return output;
}

Output configuration_text(const yang::Schema& schema, const yang::Configuration& configuration,
                          const std::vector<std::string>& path, Form form) {
    std::string text;
    const auto part = configuration.part(schema, path);
    if (!part) return problem_output(part.error());
    const yang::Configuration shown = part->redacted();
    if (form == Form::json) return json_output(json::parse(shown.json()));
    if (form == Form::set) {
        for (const std::string& line : shown.set_commands()) text += line + "\n";
    } else if (form == Form::xml) {
        text = shown.xml();
    } else if (form == Form::frr) {
        text = frr_text(shown.set_commands());
    } else {
        text = shown.braces();
    }
    if (!text.empty()) return {text};
    return {path.empty() ? "Nothing is configured.\n"
                         : fmt::format("Nothing is configured in {}.\n", fmt::join(path, " "))};
}

namespace {

std::string megabytes(std::uint64_t octets) {
    return octets == 0 ? "-" : fmt::format("{} MB", (octets + 500'000) / 1'000'000);
}

struct StatusTable {
    show::Table table{{"Daemon", "State", "Configuration", "Since", "Memory", "Remark"}};
    json::object data;

    template <class Status>
    void add(const std::string& name, const std::optional<Status>& status, std::string remark,
             const ConfigPush::State& known) {
        for (const std::string& more : {known.error, known.note}) {
            if (!more.empty()) remark += (remark.empty() ? "" : "; ") + more;
        }
        const std::string state = status ? "running" : "not running";
        const std::uint64_t version = status ? status->config_version() : 0;
        const std::int64_t started = status ? status->started_unix_seconds() : 0;
        const std::uint64_t memory = status ? status->resident_memory() : 0;
        table.add({name, state, std::to_string(version),
                   started == 0 ? "-" : show::date_text(started), megabytes(memory), remark});
        data[name] = json::object{{"state", state},
                                  {"configVersion", version},
                                  {"startedUnixSeconds", started},
                                  {"residentMemory", memory},
                                  {"remark", remark}};
    }
};

}  // namespace

void ShowCommands::status(Form form, const Done& done) {
    gatherer_.gather({}, [=, this](const DaemonAnswers& answers) {
        StatusTable rows;
        rows.table.add({"mgmtd", "running", std::to_string(store_.version()), "-",
                        megabytes(resident_memory()),
                        store_.warnings().empty() ? "" : store_.warnings().front()});
        rows.data["mgmtd"] = json::object{{"configVersion", store_.version()},
                                          {"residentMemory", resident_memory()}};
        const auto& control = answers.controlplane;
        rows.add("controlplane", control, control ? show::status_remark(*control) : "",
                 push_.state(controlplane_));
        rows.add("dataplane", answers.dataplane, "", push_.state(dataplane_));
        done(form == Form::json ? json_output(rows.data) : Output{rows.table.text()});
    });
}

}  // namespace torii::mgmt
