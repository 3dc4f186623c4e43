// A BGP load generator: see the README beside it, and --help.

#include "tests/bench/bgp/fleet.h"
#include "tests/bench/bgp/mirror.h"
#include "tests/bench/bgp/phases.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <iterator>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace torii;

struct Options {
    std::string workload;
    double scale = 1;
    unsigned patience_seconds = 120;
};

// Says "go" to the next phase: a line on standard input.
class Starter : public bench::Pollable {
public:
    explicit Starter(bench::Poller& poller) : poller_(poller) {
        poller_.add(STDIN_FILENO, *this, false);
    }
    Starter(const Starter&) = delete;
    Starter& operator=(const Starter&) = delete;
    ~Starter() override { poller_.remove(STDIN_FILENO, *this); }

    void ready(bool /*readable*/, bool /*writable*/) override {
        char line[64];
        closed_ = ::read(STDIN_FILENO, line, sizeof line) <= 0;
        started_ = true;
    }
    // False: nobody is there any more.
    [[nodiscard]] bool wait(bench::Fleet& fleet) {
        started_ = closed_;
        while (!started_) fleet.run_for(Seconds(1));
        return !closed_;
    }

private:
    bench::Poller& poller_;
    bool started_ = false;
    bool closed_ = false;
};

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void print(const std::string& phase, const bench::Outcome& outcome) {
    std::string line = fmt::format(R"({{"phase": "{}", "ok": {})", phase, outcome.ok);
    for (const auto& [name, value] : outcome.figures) {
        fmt::format_to(std::back_inserter(line), R"(, "{}": {:.6f})", name, value);
    }
    fmt::print("{}}}\n", line);
    std::fflush(stdout);
}

void explain(const bench::Fleet& fleet) {
    for (const auto& session : fleet.sessions()) {
        if (!session->problem().empty()) fmt::print(stderr, "lost: {}\n", session->problem());
    }
}

Result<bool> run(const Options& options, bench::Poller& poller) {
    const auto plan = bench::find_plan(options.workload, options.scale);
    if (!plan) return unexpected(plan.error());
    bench::Fleet fleet(poller, *plan);
    Starter starter(poller);
    print("ready", {true, {}});  // everything is encoded
    const auto phases = bench::phases_of(*plan, Seconds(options.patience_seconds));
    for (const auto& phase : phases) {
        if (!starter.wait(fleet)) return false;
        const double cpu_before = cpu_seconds();
        bench::Outcome outcome = phase.run(fleet);
        outcome.figures["tool_cpu"] = cpu_seconds() - cpu_before;
        outcome.figures["lost"] = static_cast<double>(fleet.lost());
        outcome.figures["missing"] = static_cast<double>(fleet.missing());
        outcome.figures["last"] = &phase == &phases.back() ? 1 : 0;
        print(phase.name, outcome);
        if (!outcome.ok) {
            explain(fleet);
            return false;
        }
    }
    return starter.wait(fleet);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Loads a BGP speaker at 10.99.0.1 from 10.99.1.1 and up.");
    app.add_option("workload", options.workload, "mirror, or one of the workloads")->required();
    app.add_option("--scale", options.scale, "Share of the full size")->capture_default_str();
    app.add_option("--patience", options.patience_seconds, "Seconds a phase may take")
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    auto poller = bench::Poller::open();
    if (!poller) {
        fmt::print(stderr, "{}\n", poller.error().message);
        return 1;
    }
    const auto outcome = options.workload == "mirror"
                             ? bench::mirror(*poller).map([] { return true; })
                             : run(options, *poller);
    if (!outcome) fmt::print(stderr, "{}\n", outcome.error().message);
    return outcome && *outcome ? 0 : 1;
}
