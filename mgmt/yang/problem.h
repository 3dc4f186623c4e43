#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace torii::yang {

// The words after set or delete: {"bgp", "neighbor", "192.0.2.1", "peer-group", "LAB"}. Names may
// be shortened as long as they fit one only.
using Words = std::span<const std::string>;

// The kinds that NETCONF tells apart (RFC 7950 section 15).
enum class Fault : std::uint8_t {
    value,           // unknown, twice, of the wrong type
    missing,         // what has to be there
    missing_choice,  // one of several
    reference,       // to nothing
    must,
};

// What is wrong in a configuration, and where: "bgp neighbor 192.0.2.1 timers keepalive".
struct Problem {
    std::string path;  // empty: the document as a whole
    std::string message;
    std::optional<std::size_t> word{};  // of an edit: which of its words is meant
    Fault fault = Fault::value;

    [[nodiscard]] std::string text() const {
        return path.empty() ? message : path + ": " + message;
    }
    friend bool operator==(const Problem& one, const Problem& other) {
        return one.path == other.path && one.message == other.message;
    }
};

using Problems = std::vector<Problem>;

}  // namespace torii::yang
