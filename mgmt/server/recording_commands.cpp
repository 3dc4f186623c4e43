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
    const auto part = [](const ipc::ControlplaneReply& reply) -> const auto& {
        return reply.bmp_stations();
    };
    controlplane_.ask(std::move(request), showing(form, done, part, show::bmp_stations));
}

void RecordingCommands::files(Form form, const Done& done) {
    ipc::ControlplaneRequest request;
    request.mutable_get_mrt();
    const auto part = [](const ipc::ControlplaneReply& reply) -> const auto& {
        return reply.mrt_state();
    };
    controlplane_.ask(std::move(request), showing(form, done, part, show::mrt_files));
}

void RecordingCommands::dump(const std::string& file, Form form, const Done& done) {
    ipc::ControlplaneRequest request;
    request.mutable_dump_bgp()->set_file(file);
    const auto part = [](const ipc::ControlplaneReply& reply) -> const auto& {
        return reply.mrt_written();
    };
    controlplane_.ask(std::move(request), showing(form, done, part, show::mrt_written),
                      kDumpTimeout);
}

}  // namespace torii::mgmt
