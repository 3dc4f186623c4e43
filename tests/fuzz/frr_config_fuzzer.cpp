// A configuration of FRR, or what somebody takes for one.
#include "mgmt/frr/convert.h"
#include "mgmt/frr/report.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

using namespace torii::frr;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto line_count = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    const Conversion conversion = convert(text);
    std::set<std::size_t> numbers{0};
    std::size_t before = 0;
    for (const Line& line : conversion.lines) {
        require(line.number > before && line.number <= line_count);
        require(line.fate == Fate::mapped || !line.note.empty());
        before = line.number;
        numbers.insert(line.number);
    }
    for (const Command& command : conversion.commands) {
        require(!command.words.empty());
        require(numbers.contains(command.line));
    }
    (void)report(conversion, {{1, "something"}});
    (void)report_json(conversion, {});
    return 0;
}
