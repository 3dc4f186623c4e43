#pragma once

#include "mgmt/server/grammar.h"
#include "mgmt/server/sessions.h"
#include "mgmt/yang/load.h"
#include "mgmt/yang/schema.h"

#include <string>

namespace torii::mgmt {

// Configurations from files and from the terminal into the candidate, and out of it. The client
// reads and writes the files, with the rights of its user.
class LoadCommands {
public:
    LoadCommands(const yang::Schema& schema, Sessions& sessions)
        : schema_(schema), sessions_(sessions) {}

    void add_to(Grammar& grammar);

private:
    // What becomes of a text that was asked for.
    using Load = std::function<Output(const Invocation& asked)>;
    void add_load(Grammar& grammar, const std::string& kind, const std::string& help,
                  const Load& load);
    [[nodiscard]] Output load(const Invocation& asked, yang::LoadMode mode) const;
    [[nodiscard]] Output load_frr(const Invocation& asked) const;

    const yang::Schema& schema_;
    Sessions& sessions_;
};

}  // namespace torii::mgmt
