#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/grammar.h"
#include "mgmt/server/sessions.h"

#include <cstddef>
#include <string>
#include <vector>

namespace torii::mgmt {

// Into configure mode and out of it, and the commands that write a candidate.
class ConfigureCommands {
public:
    ConfigureCommands(const datastore::Datastore& store, Sessions& sessions)
        : store_(store), sessions_(sessions) {}

    void add_to_outside(Grammar& grammar);
    void add_to(Grammar& grammar);
    // exit and quit in both modes.
    [[nodiscard]] Output leave(Session& session);

private:
    [[nodiscard]] Output enter(Session& session, Editing editing);
    [[nodiscard]] Output show_candidate(const Invocation& asked,
                                        const std::vector<std::string>& path) const;
    [[nodiscard]] static Output go_up(const Invocation& asked, const yang::Schema& schema,
                                      std::size_t levels);
    [[nodiscard]] Output edit(const Invocation& asked) const;
    // Runs `change` on the session's candidate when it may be written.
    using Change = std::function<Output(datastore::Candidate&)>;
    [[nodiscard]] Output write(const Invocation& asked, const Change& change);

    const datastore::Datastore& store_;
    Sessions& sessions_;
};

}  // namespace torii::mgmt
