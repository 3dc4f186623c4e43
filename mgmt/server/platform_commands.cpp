#include "mgmt/server/platform_commands.h"

#include "mgmt/server/show_answer.h"
#include "mgmt/show/platform.h"
#include "platform/base/durable_file.h"
#include "platform/base/log.h"

#include <google/protobuf/util/json_util.h>

#include <memory>
#include <utility>

namespace torii::mgmt {
namespace {

constexpr Log kLog("health");
constexpr int kNotWell = 2;  // 1: nobody can say

ipc::PlatformRequest whole_platform() {
    ipc::PlatformRequest request;
    request.mutable_get_platform();
    return request;
}

std::optional<ipc::HealthExpectation> read_expectation(const std::string& file) {
    const auto text = read_text(file);
    if (!text || !*text) return std::nullopt;
    ipc::HealthExpectation expected;
    if (google::protobuf::util::JsonStringToMessage(**text, &expected).ok()) return expected;
    kLog.error("cannot read file={}", file);
    return std::nullopt;
}

Result<void> write_expectation(const std::string& file, const ipc::HealthExpectation& expected) {
    std::string text;
    if (!google::protobuf::util::MessageToJsonString(expected, &text).ok()) {
        return fail("what is expected cannot be written as JSON");
    }
    auto written = DurableFile::write(file, text + "\n");
    if (!written) return unexpected(written.error());
    return written->publish();
}

}  // namespace

void PlatformCommands::add_to(Grammar& grammar) {
    grammar.add("show platform", "Network cards, memory and processors, and who has them.",
                [this](const Invocation& asked, const Done& done) {
                    const auto part = [](const ipc::PlatformReply& reply) -> const auto& {
                        return reply.platform();
                    };
                    parts_.platform.ask(whole_platform(),
                                        showing(asked.form, done, part, show::platform));
                });
    grammar.add(
        "show platform health", "Whether the router does what it is there for.",
        [this](const Invocation& asked, const Done& done) { show_health(asked.form, done); });
    grammar.add("platform expect",
                "What is there now is to be there again: show platform health, after an upgrade.",
                [this](const Invocation&, const Done& done) { expect(done); });
    grammar.add("clear platform expected", "Nothing more is expected than what is configured.",
                [this](const Invocation&, const Done& done) { done(forget()); });
}

void PlatformCommands::show_health(Form form, const Done& done) {
    gather([form, done](const show::HealthFacts& facts) {
        const ipc::Health health = show::judge(facts);
        Output out = form == Form::json ? message_output(health) : Output{show::health(health)};
        out.verdict = health.good() ? 0 : kNotWell;
        done(std::move(out));
    });
}

void PlatformCommands::expect(const Done& done) {
    gather([this, done](const show::HealthFacts& facts) {
        const ipc::HealthExpectation expected = show::expectation(facts);
        if (const auto written = write_expectation(file(), expected); !written) {
            return done(failure(written.error().message));
        }
        done(
            {fmt::format("Expected from now on: {} BGP neighbors, {} links, {} routes of BGP.\n",
                         expected.neighbors_size(), expected.ports_size(), expected.bgp_routes())});
    });
}

Output PlatformCommands::forget() const {
    const auto done = remove_file(file());
    return done ? Output{} : failure(done.error().message);
}

// Beside the history: an upgrade takes it along.
std::string PlatformCommands::file() const {
    return parts_.store.state_folder() + "/expected.json";
}

show::HealthFacts PlatformCommands::own_facts() const {
    show::HealthFacts facts;
    facts.version = parts_.push.version();
    facts.expected = read_expectation(file());
    facts.config = parts_.store.image()->typed.dataplane;
    for (const Daemon* daemon : parts_.daemons) {
        const ConfigPush::State& known = parts_.push.state(*daemon);
        facts.daemons.push_back({daemon->name(), daemon->own_process(), daemon->connected(),
                                 known.version, known.error});
    }
    if (parts_.with_platformd) {
        const bool runs = parts_.platform.connected();
        facts.daemons.push_back({parts_.platform.name(), true, runs, std::nullopt, {}});
    }
    for (const auto& [source, alarm] : parts_.alarms.all()) {
        if (alarm.severity == Severity::warning) continue;
        facts.alarms.push_back(fmt::format("{}: {}", source, alarm.text));
    }
    return facts;
}

void PlatformCommands::gather(const Gathered& done) {
    using Part = Gatherer::Part;
    parts_.gatherer.gather({Part::neighbors, Part::ports}, [=, this](const DaemonAnswers& answers) {
        show::HealthFacts facts = own_facts();
        facts.dataplane = answers.dataplane;
        facts.ports = answers.ports;
        facts.controlplane = answers.controlplane;
        facts.neighbors = answers.neighbors;
        ask_platformd(std::move(facts), done);
    });
}

void PlatformCommands::ask_platformd(show::HealthFacts facts, const Gathered& done) {
    if (!parts_.platform.connected()) return done(facts);
    const auto known = std::make_shared<show::HealthFacts>(std::move(facts));
    parts_.platform.ask(whole_platform(), [known, done](const Result<ipc::PlatformReply>& reply) {
        if (reply) known->platform = reply->platform();
        done(*known);
    });
}

}  // namespace torii::mgmt
