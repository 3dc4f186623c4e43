#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/config_push.h"
#include "mgmt/server/grammar.h"

#include <string>

namespace torii::mgmt {

// The commands of configure mode, and the commit: validate, ask every daemon, save, push.
class ConfigureCommands {
public:
    ConfigureCommands(datastore::Datastore& store, ConfigPush& push) : store_(store), push_(push) {}

    void add_to(Grammar& grammar);

private:
    void add_edits(Grammar& grammar);
    void add_commits(Grammar& grammar);
    [[nodiscard]] Output show_candidate(const Invocation& asked) const;
    [[nodiscard]] Output compare(const Invocation& asked) const;
    [[nodiscard]] Output edit(const Invocation& asked) const;
    [[nodiscard]] Output roll_back(const std::string& back);
    void commit(bool check_only, const std::string& comment, const Done& done);
    void save_and_push(yang::Configuration configuration, yang::TypedConfig typed,
                       std::uint64_t version, const std::string& comment,
                       std::vector<std::string> notes, const Done& done);

    datastore::Datastore& store_;
    ConfigPush& push_;
    bool committing_ = false;
};

}  // namespace torii::mgmt
