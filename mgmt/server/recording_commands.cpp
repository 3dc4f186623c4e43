#include "mgmt/server/recording_commands.h"

#include "mgmt/server/show_answer.h"
#include "mgmt/show/recording.h"

#include <chrono>
#include <utility>

namespace torii::mgmt {
namespace {

// Writing a full table in portions.
constexpr std::chrono::seconds kDumpTimeout{300};

}  // namespace

void RecordingCommands::add_to(Grammar& grammar) {
    grammar.add("show bmp", "The BMP stations.",
                [this](const Invocation& asked, const Done& done) { stations(asked.form, done); });
    grammar.add("show bgp mrt", "The MRT files.",
                [this](const Invocation& asked, const Done& done) { files(asked.form, done); });
    grammar.add("dump bgp routes-mrt <file>",
                "Write the table to a file in the MRT format; %Y%m%d.%H%M is the time in UTC.",
                [this](const Invocation& asked, const Done& done) {
                    dump(asked.arguments[0], asked.form, done);
                });
}

void RecordingCommands::stations(Form form, const Done& done) {
    ipc::ControlplaneRequest request;
    request.mutable_get_bmp();
    controlplane_.ask(std::move(request), [=](const Result<ipc::ControlplaneReply>& reply) {
        if (!reply) return done(failure(reply.error().message));
        const auto& stations = reply->bmp_stations();
        done(form == Form::json ? message_output(stations) : Output{show::bmp_stations(stations)});
    });
}

void RecordingCommands::files(Form form, const Done& done) {
    ipc::ControlplaneRequest request;
    request.mutable_get_mrt();
    controlplane_.ask(std::move(request), [=](const Result<ipc::ControlplaneReply>& reply) {
        if (!reply) return done(failure(reply.error().message));
        const auto& state = reply->mrt_state();
        done(form == Form::json ? message_output(state) : Output{show::mrt_files(state)});
    });
}

void RecordingCommands::dump(const std::string& file, Form form, const Done& done) {
    ipc::ControlplaneRequest request;
    request.mutable_dump_bgp()->set_file(file);
    controlplane_.ask(
        std::move(request),
        [=](const Result<ipc::ControlplaneReply>& reply) {
            if (!reply) return done(failure(reply.error().message));
            const auto& written = reply->mrt_written();
            done(form == Form::json ? message_output(written) : Output{show::mrt_written(written)});
        },
        kDumpTimeout);
}

}  // namespace torii::mgmt
