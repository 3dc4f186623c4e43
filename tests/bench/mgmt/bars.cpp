// The bars of the management plane, each beside what is measured: how long commits take and how
// long everybody else waits meanwhile, on a real torii-mgmtd between two daemons that take
// everything at once; the real shell; what is undone, and what a kill leaves. Prints a table; bars
// in brackets.

#include "tests/bench/mgmt/bench.h"
#include "tests/bench/mgmt/shell.h"

#include <map>

namespace {

using namespace torii::bench;
using namespace std::chrono_literals;

constexpr int kRounds = 5;
constexpr Size kSizes[] = {{3, 0, 10}, {1000, 1000, 250}, {4000, 10000, 2000}};
constexpr int kPastedLines = 500;
constexpr int kBadLines = 7;

void print(const std::string& what, std::vector<Milliseconds> times, double bar) {
    std::ranges::sort(times);
    fmt::print("{:<66} {:8.1f} {:8.1f} {:8.1f}  {:>7}\n", what, times.front().count(),
               times[times.size() / 2].count(), times.back().count(),
               bar > 0 ? fmt::format("[{}]", bar) : "");
}

void measure(const Size& size) {
    Bench bench(size);
    std::vector<Milliseconds> commits;
    std::vector<Milliseconds> waits;
    std::vector<Milliseconds> tabs;
    std::vector<Milliseconds> sets;
    std::vector<Milliseconds> compares;
    Milliseconds cpu{};
    for (int round = 0; round < kRounds; ++round) {
        const Milliseconds before = bench.cpu_time();
        const auto [took, longest] = bench.commit(round);
        cpu += bench.cpu_time() - before;
        commits.push_back(took);
        waits.push_back(longest);
        tabs.push_back(bench.tab());
        sets.push_back(bench.set(round));
        compares.push_back(bench.timed("compare"));
        bench.timed("discard");
    }
    const std::string where = fmt::format("{} neighbors, {} routes", size.neighbors, size.routes);
    print(where + ": commit of one more", commits, size.commit_bar);
    print(where + ": CPU time of that (mean)", {cpu / kRounds}, 0);
    print(where + ": completion meanwhile", waits, 50);
    print(where + ": Tab after 172.2", tabs, 30);
    print(where + ": set", sets, 0);
    print(where + ": compare", compares, 0);
    for (const auto& [what, operation] :
         {std::pair{"<get>", "<get/>"},
          std::pair{"<edit-config>",
                    "<edit-config><target><candidate/></target><config><system "
                    "xmlns=\"urn:torii:system\"><hostname>x</hostname></system></config>"
                    "</edit-config>"}}) {
        std::vector<Milliseconds> took;
        std::vector<Milliseconds> meanwhile;
        for (int round = 0; round < kRounds; ++round) {
            const auto [one, longest] = bench.netconf(operation);
            took.push_back(one);
            meanwhile.push_back(longest);
        }
        print(fmt::format("{}: {}", where, what), took, 0);
        print(fmt::format("{}: completion during {}", where, what), meanwhile, 50);
    }
    print(where + ": confirmed commit undone after its time", {bench.undo()}, 2000);
}

// Something that is counted, not timed, and is right or wrong whatever the machine does.
void print_count(const std::string& what, std::size_t count, std::size_t bar) {
    fmt::print("{:<66} {:>26}  {:>7}\n", what, count, fmt::format("[{}]", bar));
    if (count != bar) throw std::runtime_error(what);
}

std::size_t occurrences(const std::string& text, const std::string& word) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++count;
    return count;
}

std::string lines_to_paste(int bad) {
    std::string out;
    for (int index = 0; index < kPastedLines; ++index) {
        const bool is_bad = index % 50 == 49 && index / 50 < bad;
        out += fmt::format("set bgp neighbor 10.9.{}.{} remote-as {}\n", index / 250,
                           is_bad ? 300 + index : index % 250, 65001 + index);
    }
    return out;
}

void measure_shell() {
    Bench bench(kSizes[0]);
    std::vector<Milliseconds> shows;
    std::vector<Milliseconds> pastes;
    for (int round = 0; round < kRounds; ++round) {
        shows.push_back(one_shot(bench.run_dir(), "show ip bgp summary"));
        const Pasted good = paste(bench.run_dir(), lines_to_paste(0), "[edit]*# ");
        if (good.screen.find(fmt::format("Count: {} lines", kPastedLines)) == std::string::npos) {
            throw std::runtime_error("not all was pasted: " + good.screen);
        }
        pastes.push_back(good.took);
    }
    print("torii -c 'show ip bgp summary'", shows, 50);
    print(fmt::format("paste of {} set lines", kPastedLines), pastes, 1500);
    const Pasted bad = paste(bench.run_dir(), lines_to_paste(kBadLines), "nothing was changed");
    print_count(fmt::format("paste with {} bad lines: named with line and path", kBadLines),
                occurrences(bad.screen, ": bgp neighbor 10.9."), kBadLines);
    print_count("paste with bad lines: changes made",
                occurrences(bench.said("show configuration candidate | display set"), "10.9."), 0);
}

void measure_notifications() {
    constexpr int kEvents = 500;
    Bench bench(kSizes[0]);
    auto times = bench.notifications(kEvents);
    std::ranges::sort(times);
    print("a session's change to NETCONF's client", times, 0);
    print("the same, 99 of 100", {times[times.size() * 99 / 100]}, 10);
}

// At every millisecond of a commit; at each of its steps it is in torii_commit_faults_test.
void measure_kills() {
    Bench bench(kSizes[1]);
    constexpr int kKills = 10;
    const Milliseconds commit = bench.commit(0).first;
    std::map<std::size_t, int> outcomes;
    std::size_t mixed = 0;
    for (int round = 0; round < kKills; ++round) {
        const auto [found, lines] =
            bench.kill_in_commit(fmt::format("mark-{}-", round), commit * 1.5 * round / kKills);
        ++outcomes[found];
        if (found != 0 && found != lines) ++mixed;
    }
    print_count(fmt::format("kill -9 at {} moments of a commit (old {}, new {}): a mix", kKills,
                            outcomes[0], kKills - outcomes[0]),
                mixed, 0);
}

}  // namespace

int main() {
    try {
        fmt::print("{:<66} {:>8} {:>8} {:>8}  {:>7}\n", "milliseconds", "least", "median", "most",
                   "[bar]");
        for (const Size& size : kSizes) measure(size);
        measure_shell();
        measure_notifications();
        measure_kills();
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return EXIT_FAILURE;
    }
}
