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
                    const auto part = [](const ipc::PlatformReply& reply) -> const auto& {
                        return reply.platform();
                    };
                    platform_.ask(std::move(request),
                                  showing(asked.form, done, part, show::platform));
                });
}

}  // namespace torii::mgmt
