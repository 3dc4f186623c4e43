#include "mgmt/server/comparison.h"

#include "mgmt/server/show_answer.h"
#include "mgmt/yang/difference.h"

#include <boost/json/serialize.hpp>

namespace torii::mgmt {
namespace {

namespace json = boost::json;

constexpr const char* kNoChanges = "There are no changes.\n";

yang::Configuration draft(const Comparison& comparison, const datastore::Document& document) {
    // It was checked when it was written.
    return *yang::Configuration::draft(*comparison.schema, json::serialize(*document));
}

Output structural(const Comparison& comparison) {
    const auto difference = yang::difference(*comparison.schema, *comparison.from, *comparison.to);
    std::string text = comparison.tree ? difference.tree : "";
    if (!comparison.tree) {
        for (const std::string& command : difference.commands) text += command + "\n";
    }
    return {text.empty() ? kNoChanges : text};
}

}  // namespace

Output comparison_output(const Comparison& comparison) {
    if (comparison.tree || comparison.form == Form::set) return structural(comparison);
    const auto differences =
        datastore::compare(draft(comparison, comparison.from), draft(comparison, comparison.to));
    if (comparison.form != Form::json) return {differences_text(differences)};
    json::array out;
    for (const auto& [added, line] : differences) {
        out.push_back(json::object{{"change", added ? "added" : "removed"}, {"line", line}});
    }
    return json_output(out);
}

std::string differences_text(const std::vector<datastore::Difference>& differences) {
    std::string out;
    for (const auto& [added, line] : differences) {
        out += fmt::format("{} {}\n", added ? '+' : '-', line);
    }
    return out.empty() ? kNoChanges : out;
}

}  // namespace torii::mgmt
