#pragma once

#include "mgmt/datastore/datastore.h"
#include "mgmt/server/grammar.h"

#include <string>
#include <utility>
#include <vector>

namespace torii::mgmt {

// What there is in a list of the configuration, for completion. The store outlives the grammar.
[[nodiscard]] inline Grammar::Values configured_names(const datastore::Datastore& store,
                                                      std::vector<std::string> list) {
    return [&store, list = std::move(list)](const std::vector<std::string>&) {
        return store.choices(list);
    };
}

}  // namespace torii::mgmt
