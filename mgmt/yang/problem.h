#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace torii::yang {

// What is wrong in a configuration, and where: "bgp neighbor 192.0.2.1 timers keepalive".
struct Problem {
    std::string path;  // empty: the document as a whole
    std::string message;
    std::optional<std::size_t> word{};  // of an edit: which of its words is meant

    [[nodiscard]] std::string text() const {
        return path.empty() ? message : path + ": " + message;
    }
    friend bool operator==(const Problem&, const Problem&) = default;
};

using Problems = std::vector<Problem>;

}  // namespace torii::yang
