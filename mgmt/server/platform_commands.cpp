#include "mgmt/server/platform_commands.h"

#include "mgmt/server/show_answer.h"
#include "mgmt/show/platform.h"

#include <utility>

namespace torii::mgmt {

void PlatformCommands::add_to(Grammar& grammar) {
    grammar.add("show platform", "Network cards, memory and processors, and who has them.",
                [this](const Invocation& asked, const Done& done) {
                    ipc::PlatformRequest request;
                    request.mutable_get_platform();
                    platform_.ask(std::move(request), [form = asked.form, done](
                                                          const Result<ipc::PlatformReply>& reply) {
                        if (!reply) return done(failure(reply.error().message));
                        const auto& platform = reply->platform();
                        done(form == Form::json ? message_output(platform)
                                                : Output{show::platform(platform)});
                    });
                });
}

}  // namespace torii::mgmt
