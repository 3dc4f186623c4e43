// How long a commit takes, and how long everybody else waits meanwhile, on a real torii-mgmtd
// between two daemons that take everything at once. Prints a table; bars in brackets.

#include "platform/ipc/client.h"
#include "tests/support/fake_daemon.h"
#include "tests/support/mgmtd_process.h"
#include "tests/support/temporary_folder.h"

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <platform/ipc/proto/mgmt.pb.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace torii;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;
using Client = ipc::Client<ipc::MgmtRequest, ipc::MgmtReply>;

constexpr int kRounds = 5;
constexpr auto kBetweenTabs = 10ms;  // of the session that looks on

struct Size {
    int neighbors;
    int routes;
    double commit_bar;  // ms
};
constexpr Size kSizes[] = {{3, 0, 10}, {1000, 1000, 250}, {4000, 10000, 2000}};

std::string address(int index) {
    return fmt::format("10.{}.{}.{}", 1 + index / 65536, index / 256 % 256, index % 256);
}

std::string document(const Size& size) {
    std::string neighbors;
    for (int index = 0; index < size.neighbors; ++index) {
        neighbors += fmt::format(R"({}{{"address":"{}","peer-group":"RACK"}})",
                                 index == 0 ? "" : ",", address(index));
    }
    std::string routes;
    for (int index = 0; index < size.routes; ++index) {
        routes += fmt::format(R"({}{{"prefix":"172.{}.{}.0/24","next-hop":[{{"address":"{}"}}]}})",
                              index == 0 ? "" : ",", 16 + index / 256, index % 256,
                              address(index % 1000));
    }
    return fmt::format(
        R"({{"torii-bgp:bgp":{{"as":65000,"router-id":"10.0.0.1",)"
        R"("peer-group":[{{"name":"RACK","remote-as":"external"}}],"neighbor":[{}]}},)"
        R"("torii-routing:routing":{{"static-route":[{}]}}}})",
        neighbors, routes);
}

// The daemons, on a thread of their own as they are on processes of their own.
class Daemons {
public:
    explicit Daemons(const std::string& folder)
        : controlplane_(loop_, folder + "/controlplane.sock"),
          dataplane_(loop_, folder + "/dataplane.sock"),
          thread_([this] { loop_.run(); }) {}
    Daemons(const Daemons&) = delete;
    Daemons& operator=(const Daemons&) = delete;
    ~Daemons() {
        loop_.stop();
        thread_.join();
    }
    std::size_t configured() {
        std::promise<std::size_t> count;
        loop_.post([&] {
            count.set_value(controlplane_.configured.size() + dataplane_.configured.size());
        });
        return count.get_future().get();
    }

private:
    EventLoop loop_;
    test::FakeControlplane controlplane_;
    test::FakeDataplane dataplane_;
    std::thread thread_;
};

class Bench {
public:
    explicit Bench(const Size& size) {
        folder_.write("router.json", document(size));
        daemons_ = std::make_unique<Daemons>(folder_.path());
        mgmtd_ = std::make_unique<test::MgmtdProcess>(folder_.path(), std::vector<std::string>());
        until([this] { return daemons_->configured() >= 2; });
        for (auto* client : {&writer_, &looker_}) {
            *client =
                std::make_unique<Client>(loop_, folder_.path() / "mgmtd.sock", Client::Events{});
            (*client)->start();
            until([&] { return (*client)->connected(); });
        }
        run("configure");
    }

    // One more neighbor. The second is the longest that another session waited for a completion.
    std::pair<Milliseconds, Milliseconds> commit(int round) {
        run(fmt::format("set bgp neighbor 192.0.2.{} peer-group RACK", round + 1));
        return watched([&](const std::function<void()>& done) {
            ask(*writer_, "commit", [done](const ipc::MgmtReply& reply) {
                if (reply.output().status() != 0) throw std::runtime_error(reply.output().text());
                done();
            });
        });
    }
    // A message of NETCONF on a session of its own, and the longest wait of another meanwhile.
    std::pair<Milliseconds, Milliseconds> netconf(const std::string& operation) {
        if (!netconf_) begin_netconf();
        const std::string rpc =
            "<rpc message-id=\"1\" xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\">" + operation +
            "</rpc>";
        return watched([&](const std::function<void()>& done) {
            say(rpc, [done](const std::string& text) {
                if (text.find("<rpc-error") != std::string::npos) throw std::runtime_error(text);
                done();
            });
        });
    }
    Milliseconds set(int round) {
        const auto start = Clock::now();
        run(fmt::format("set bgp neighbor 192.0.2.{} description x", round + 1));
        return Clock::now() - start;
    }
    Milliseconds tab() { return complete(*writer_, "set routing static-route 172.2"); }
    Milliseconds timed(const std::string& line) {
        const auto start = Clock::now();
        run(line);
        return Clock::now() - start;
    }
    [[nodiscard]] Milliseconds cpu_time() const { return mgmtd_->cpu_time(); }

private:
    // How long it took, and the longest that another session waited for a completion meanwhile.
    std::pair<Milliseconds, Milliseconds> watched(
        const std::function<void(const std::function<void()>&)>& begin) {
        bool done = false;
        Milliseconds took{};
        Milliseconds longest{};
        const auto start = Clock::now();
        begin([&] {
            took = Clock::now() - start;
            done = true;
        });
        while (!done) {
            longest = std::max(longest, complete(*looker_, "show ip bgp "));
            const auto next = Clock::now() + kBetweenTabs;
            until([&] { return done || Clock::now() > next; });
        }
        return {took, longest};
    }
    void say(const std::string& text, std::function<void(const std::string&)> done) {
        ipc::MgmtRequest request;
        request.mutable_netconf_message()->set_text(text);
        netconf_->call(std::move(request), [done = std::move(done)](Result<ipc::MgmtReply> reply) {
            if (!reply) throw std::runtime_error(reply.error().message);
            done(reply->netconf().text());
        });
    }
    void begin_netconf() {
        netconf_ = std::make_unique<Client>(loop_, folder_.path() / "mgmtd.sock", Client::Events{});
        netconf_->start();
        until([&] { return netconf_->connected(); });
        ipc::MgmtRequest request;
        request.mutable_open()->set_through("netconf");
        bool open = false;
        netconf_->call(std::move(request), [&](const Result<ipc::MgmtReply>& reply) {
            if (!reply) throw std::runtime_error(reply.error().message);
            open = true;
        });
        until([&] { return open; });
        bool greeted = false;
        say("<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities><capability>"
            "urn:ietf:params:netconf:base:1.1</capability></capabilities></hello>",
            [&](const std::string&) { greeted = true; });
        until([&] { return greeted; });
    }
    void until(const std::function<bool()>& condition) {
        const auto deadline = Clock::now() + 60s;
        while (!condition()) {
            if (Clock::now() > deadline) throw std::runtime_error("mgmtd does not answer");
            loop_.context().restart();
            loop_.context().run_one_for(1ms);
        }
    }
    static void ask(Client& client, const std::string& line,
                    std::function<void(const ipc::MgmtReply&)> done) {
        ipc::MgmtRequest request;
        request.mutable_run()->set_line(line);
        client.call(std::move(request), [done = std::move(done)](Result<ipc::MgmtReply> reply) {
            if (!reply) throw std::runtime_error(reply.error().message);
            done(*reply);
        });
    }
    void run(const std::string& line) {
        bool done = false;
        ask(*writer_, line, [&](const ipc::MgmtReply& reply) {
            if (reply.output().status() != 0) throw std::runtime_error(reply.output().text());
            done = true;
        });
        until([&] { return done; });
    }
    Milliseconds complete(Client& client, const std::string& line) {
        bool done = false;
        const auto start = Clock::now();
        ipc::MgmtRequest request;
        request.mutable_complete()->set_line(line);
        client.call(std::move(request), [&](const Result<ipc::MgmtReply>&) { done = true; });
        until([&] { return done; });
        return Clock::now() - start;
    }

    test::TemporaryFolder folder_;
    EventLoop loop_;
    std::unique_ptr<Daemons> daemons_;
    std::unique_ptr<test::MgmtdProcess> mgmtd_;
    std::unique_ptr<Client> writer_;
    std::unique_ptr<Client> looker_;
    std::unique_ptr<Client> netconf_;
};

void print(const std::string& what, std::vector<Milliseconds> times, double bar) {
    std::ranges::sort(times);
    fmt::print("{:<52} {:8.1f} {:8.1f} {:8.1f}  {:>7}\n", what, times.front().count(),
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
}

}  // namespace

int main() {
    try {
        fmt::print("{:<52} {:>8} {:>8} {:>8}  {:>7}\n", "milliseconds", "least", "median", "most",
                   "[bar]");
        for (const Size& size : kSizes) measure(size);
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return EXIT_FAILURE;
    }
}
