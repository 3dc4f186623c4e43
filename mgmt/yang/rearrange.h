#pragma once

#include "mgmt/yang/edit.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace torii::yang {

// What is done with an entry that is there already, in Junos's words.
enum class Rearrangement : std::uint8_t {
    copy,    // interface eth1 to eth2: another one with all that is below
    rename,  // interface eth1 to eth2: under another name, at its place
    insert,  // ... import-policy A before B: at another place, where the order has a meaning
};

[[nodiscard]] std::optional<Rearrangement> rearrangement_of(std::string_view verb);

// Does it as the words say. On a problem nothing changes. All that refer to a renamed entry name it
// by its new name: how many these are.
[[nodiscard]] Result<std::size_t, Problem> rearrange(const Schema& schema,
                                                     boost::json::object& document,
                                                     Rearrangement kind, Words words);

// What may follow `before`.
[[nodiscard]] std::vector<Choice> rearrange_choices(const Schema& schema,
                                                    const boost::json::object& document,
                                                    Rearrangement kind, Words before);

}  // namespace torii::yang
