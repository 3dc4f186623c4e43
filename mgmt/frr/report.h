#pragma once

#include "mgmt/frr/convert.h"

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace torii::frr {

// What keeps the converted configuration from being committed as it is.
struct Remaining {
    std::size_t line = 0;  // that it comes from; 0: none
    std::string text;
};

// What became of each line, for people: its number, the line, and what it is here. Then what was
// written although no line says it, what remains to be done, and how many lines went which way.
[[nodiscard]] std::string report(const Conversion& conversion,
                                 const std::vector<Remaining>& remaining);
[[nodiscard]] boost::json::value report_json(const Conversion& conversion,
                                             const std::vector<Remaining>& remaining);

}  // namespace torii::frr
