#include "mgmt/server/system_commands.h"

#include "mgmt/datastore/json_fields.h"
#include "mgmt/server/access.h"
#include "mgmt/server/show_answer.h"
#include "mgmt/show/text.h"

#include <charconv>
#include <utility>

namespace torii::mgmt {
namespace {

namespace json = boost::json;
constexpr std::size_t kRecordsShown = 100;

const char* editing_name(Editing editing) {
    switch (editing) {
        case Editing::nothing: return "-";
        case Editing::shared: return "shared";
        case Editing::exclusive: return "exclusive";
        case Editing::own: return "private";
    }
    return "";
}

std::size_t count_of(const Invocation& asked) {
    std::size_t count = kRecordsShown;
    if (asked.arguments.empty()) return count;
    const std::string& word = asked.arguments[0];
    std::from_chars(word.data(), word.data() + word.size(), count);
    return count;
}

}  // namespace

void SystemCommands::add_to(Grammar& grammar) {
    grammar.add("show system sessions", "Who is connected, and what each writes.",
                [this](const Invocation& asked, const Done& done) { done(list_sessions(asked)); });
    grammar.add(
        "show system alarms", "What is wrong at this moment.",
        [this](const Invocation& asked, const Done& done) { done(list_alarms(asked.form)); });
    const auto records = [this](const Invocation& asked, const Done& done) {
        done(list_records(count_of(asked), asked.form));
    };
    grammar.add("show log audit", "Who did what, the newest last.", records);
    grammar.add("show log audit <number>", "So many of the newest records.", records);
}

Output SystemCommands::list_sessions(const Invocation& asked) const {
    show::Table table({"Session", "User", "Role", "Through", "From", "Since", "Writes", "Changes"});
    json::array data;
    for (const auto& session : sessions_.all()) {
        const Access& access = session->access;
        const bool own = session == asked.session;
        const auto& lock = sessions_.lock_held();
        const bool locked = lock && lock->session == session->id;
        const bool changed = session->configuring() && session->candidate->changed();
        const std::string writes = locked && session->editing != Editing::exclusive
                                       ? "locked"
                                       : editing_name(session->editing);
        table.add({fmt::format("{}{}", session->id, own ? "*" : ""), access.user,
                   std::string(role_name(access.role)), access.through, access.from,
                   show::date_text(session->since), writes, changed ? "yes" : "-"});
        data.push_back(json::object{{"session", session->id},
                                    {"user", access.user},
                                    {"role", role_name(access.role)},
                                    {"through", access.through},
                                    {"from", access.from},
                                    {"sinceUnixSeconds", session->since},
                                    {"writes", writes},
                                    {"changes", changed},
                                    {"own", own}});
    }
    return asked.form == Form::json ? json_output(data) : Output{table.text()};
}

Output SystemCommands::list_alarms(Form form) const {
    show::Table table({"Severity", "Since", "Source", "Text"});
    json::array data;
    for (const auto& [source, alarm] : alarms_.all()) {
        const char* severity = severity_name(alarm.severity);
        table.add({severity, show::date_text(alarm.since), source, alarm.text});
        data.push_back(json::object{{"severity", severity},
                                    {"sinceUnixSeconds", alarm.since},
                                    {"source", source},
                                    {"text", alarm.text}});
    }
    if (form == Form::json) return json_output(data);
    return {alarms_.all().empty() ? "There are no alarms.\n" : table.text()};
}

Output SystemCommands::list_records(std::size_t count, Form form) const {
    const auto records = audit_.newest(count);
    if (!records) return failure(records.error().message);
    if (form == Form::json) return json_output(*records);
    std::string out;
    for (const json::value& value : *records) {
        const json::object& record = value.get_object();
        const auto text = [&](const char* name) {
            return datastore::field<std::string>(record, name);
        };
        out += fmt::format("{}  {} ({}, {}, {})  {}: {}\n",
                           show::date_text(datastore::field<std::int64_t>(record, "unix-seconds")),
                           text("user"), text("role"), text("through"), text("from"),
                           text("action"), text("outcome"));
        const json::value* differences = record.if_contains("differences");
        if (differences == nullptr) continue;
        for (const json::value& line : differences->get_array()) {
            out += fmt::format("    {}\n", std::string_view(line.get_string()));
        }
    }
    return {out.empty() ? "Nothing is recorded.\n" : out};
}

}  // namespace torii::mgmt
