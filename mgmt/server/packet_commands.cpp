#include "mgmt/server/packet_commands.h"

#include "mgmt/server/configured_names.h"
#include "mgmt/server/packet_options.h"
#include "mgmt/server/show_answer.h"
#include "mgmt/show/packets.h"

#include <utility>

namespace torii::mgmt {
namespace {

const ipc::Trace& trace_in(const ipc::DataplaneReply& reply) {
    return reply.trace();
}
const ipc::CaptureStatus& capture_in(const ipc::DataplaneReply& reply) {
    return reply.capture();
}

}  // namespace

void PacketCommands::add_to(Grammar& grammar) {
    add_access_lists(grammar);
    add_workers(grammar);
    add_trace(grammar);
    add_capture(grammar);
}

void PacketCommands::add_access_lists(Grammar& grammar) {
    grammar.add(
        "show access-list", "Access lists with packets per rule.",
        [this](const Invocation& asked, const Done& done) { access_lists("", asked.form, done); });
    grammar.add(
        "show access-list <name>", "One access list.",
        [this](const Invocation& asked, const Done& done) {
            access_lists(asked.arguments[0], asked.form, done);
        },
        configured_names(store_, {"acl"}));
}

void PacketCommands::access_lists(const std::string& name, Form form, const Done& done) {
    ipc::DataplaneRequest request;
    request.mutable_get_access_lists();
    dataplane_.ask(std::move(request), [=](const Result<ipc::DataplaneReply>& reply) {
        if (!reply) return done(failure(reply.error().message));
        ipc::AccessLists wanted;
        for (const ipc::AccessListStatus& list : reply->access_lists().lists()) {
            if (name.empty() || list.name() == name) *wanted.add_lists() = list;
        }
        if (!name.empty() && wanted.lists().empty()) {
            return done(failure(fmt::format("there is no acl {}: show access-list", name)));
        }
        done(form == Form::json ? message_output(wanted) : Output{show::access_lists(wanted)});
    });
}

void PacketCommands::add_workers(Grammar& grammar) {
    const auto workers = [this](const Invocation& asked, const Done& done) {
        ipc::DataplaneRequest request;
        request.mutable_get_workers();
        dataplane_.ask(std::move(request),
                       showing(
                           asked.form, done,
                           [](const ipc::DataplaneReply& reply) -> const ipc::Workers& {
                               return reply.workers();
                           },
                           show::workers));
    };
    for (const char* pattern : {"show forwarding workers", "show platform lcores"}) {
        grammar.add(pattern, "What each worker of the packet engine has done.", workers);
    }
}

void PacketCommands::add_trace(Grammar& grammar) {
    grammar.add("trace", "The next packet, stage by stage: show trace.",
                [this](const Invocation&, const Done& done) { start_trace({}, done); });
    grammar.add(
        "trace <option>...", "The next packets of a kind: count, host, protocol, ...",
        [this](const Invocation& asked, const Done& done) { start_trace(asked.arguments, done); },
        trace_choices);
    for (const auto& [words, help, ends] : {std::tuple("show trace", "What was traced.", false),
                                            std::tuple("trace stop", "Ends a trace.", true)}) {
        grammar.add(words, help, [this, ends = ends](const Invocation& asked, const Done& done) {
            ipc::DataplaneRequest request;
            request.mutable_get_trace()->set_stop(ends);
            dataplane_.ask(std::move(request), showing(asked.form, done, trace_in, show::trace));
        });
    }
}

void PacketCommands::start_trace(const std::vector<std::string>& options, const Done& done) {
    const Result<PacketOptions> read = read_trace_options(options);
    if (!read) return done(failure(read.error().message));
    ipc::DataplaneRequest request;
    *request.mutable_start_trace()->mutable_filter() = read->filter;
    request.mutable_start_trace()->set_count(read->count);
    dataplane_.ask(std::move(request), [done](const Result<ipc::DataplaneReply>& reply) {
        done(reply ? Output{"The trace waits for packets: show trace\n"}
                   : failure(reply.error().message));
    });
}

void PacketCommands::add_capture(Grammar& grammar) {
    const auto ports = configured_names(store_, {"platform", "port"});
    grammar.add(
        "capture <interface>", "Packets of an interface into a file: show capture.",
        [this](const Invocation& asked, const Done& done) { start_capture(asked.arguments, done); },
        ports);
    grammar.add(
        "capture <interface> <option>...", "Some of its packets: count, file, at, host, ...",
        [this](const Invocation& asked, const Done& done) { start_capture(asked.arguments, done); },
        [ports](const std::vector<std::string>& before) {
            if (before.empty()) return ports(before);
            return capture_choices(std::span(before).subspan(1));
        });
    const auto add = [&](const char* words, const char* help, ipc::DataplaneRequest request) {
        grammar.add(words, help, [this, request](const Invocation& asked, const Done& done) {
            dataplane_.ask(request, showing(asked.form, done, capture_in, show::capture));
        });
    };
    ipc::DataplaneRequest request;
    request.mutable_get_capture();
    add("show capture", "How far a capture is.", request);
    request.mutable_stop_capture();
    add("capture stop", "Ends a capture.", request);
}

void PacketCommands::start_capture(const std::vector<std::string>& options, const Done& done) {
    const Result<PacketOptions> read = read_capture_options(std::span(options).subspan(1));
    if (!read) return done(failure(read.error().message));
    ipc::DataplaneRequest request;
    ipc::StartCapture& start = *request.mutable_start_capture();
    *start.mutable_filter() = read->filter;
    start.mutable_filter()->set_port(options[0]);
    start.set_count(read->count);
    start.set_file(read->file);
    start.set_snap_length(read->snap_length);
    for (const ipc::CapturePoint point : read->points) start.add_points(point);
    dataplane_.ask(std::move(request), showing(Form::text, done, capture_in, show::capture));
}

}  // namespace torii::mgmt
