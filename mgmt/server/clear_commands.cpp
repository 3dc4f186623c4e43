#include "mgmt/server/clear_commands.h"

#include "mgmt/server/configured_names.h"

#include <utility>
#include <vector>

namespace torii::mgmt {
namespace {

struct Manner {
    const char* words;
    ipc::ClearBgp::Kind kind;
    const char* help;
};
constexpr Manner kManners[] = {
    {"", ipc::ClearBgp::HARD, "End the session; it comes again."},
    {" soft", ipc::ClearBgp::SOFT, "Import and tell everything again."},
    {" soft in", ipc::ClearBgp::SOFT_IN, "Import again what the peer says."},
    {" soft out", ipc::ClearBgp::SOFT_OUT, "Tell the peer everything again."},
};

}  // namespace

void clear_bgp(ControlplaneLink& controlplane, const ipc::ClearBgp& clear,
               std::function<void(Result<void>)> done) {
    ipc::ControlplaneRequest request;
    *request.mutable_clear_bgp() = clear;
    controlplane.ask(std::move(request),
                     [done = std::move(done)](const Result<ipc::ControlplaneReply>& reply) {
                         if (!reply) return done(unexpected(reply.error()));
                         done({});
                     });
}

void ClearCommands::add_to(Grammar& grammar) {
    add_bgp(grammar, "clear bgp");
    add_bgp(grammar, "clear ip bgp");
}

void ClearCommands::add_bgp(Grammar& grammar, const std::string& start) {
    for (const Manner& manner : kManners) {
        // `aim` says whom it is about.
        const auto clearing = [this, kind = manner.kind](const auto& aim) {
            return [this, kind, aim](const Invocation& asked, const Done& done) {
                ipc::ClearBgp clear;
                clear.set_kind(kind);
                aim(asked, clear);
                clear_bgp(controlplane_, clear, [done](const Result<void>& cleared) {
                    done(cleared ? Output{} : failure(cleared.error().message));
                });
            };
        };
        grammar.add(start + " *" + manner.words, manner.help,
                    clearing([](const Invocation&, ipc::ClearBgp&) {}));
        grammar.add(start + " <address>" + manner.words, manner.help,
                    clearing([](const Invocation& asked, ipc::ClearBgp& clear) {
                        clear.set_address(asked.arguments[0]);
                    }),
                    configured_names(store_, {"bgp", "neighbor"}));
        grammar.add(start + " peer-group <name>" + manner.words, manner.help,
                    clearing([](const Invocation& asked, ipc::ClearBgp& clear) {
                        clear.set_peer_group(asked.arguments[0]);
                    }),
                    configured_names(store_, {"bgp", "peer-group"}));
    }
}

}  // namespace torii::mgmt
