#pragma once

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
#include <utility>
#include <vector>

namespace torii::bench {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;
using Client = ipc::Client<ipc::MgmtRequest, ipc::MgmtReply>;

constexpr auto kBetweenTabs = 10ms;  // of the session that looks on

struct Size {
    int neighbors;
    int routes;
    double commit_bar;  // ms
};

inline std::string address(int index) {
    return fmt::format("10.{}.{}.{}", 1 + index / 65536, index / 256 % 256, index % 256);
}

inline std::string document(const Size& size) {
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
          thread_([this] { loop_.run(); }) {
        loop_.post([this] {
            auto& summary = *controlplane_.answer.mutable_bgp_summary();
            summary.set_local_as(65000);
            for (int index = 0; index < 3; ++index) {
                summary.add_neighbors()->set_address(address(index));
            }
        });
    }
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

    // What happens: a session comes up or goes down.
    void tell(const std::string& neighbor, bool up) {
        loop_.post([this, neighbor, up] {
            ipc::ControlplaneReply event;
            event.mutable_bgp_neighbor_changed()->set_address(neighbor);
            event.mutable_bgp_neighbor_changed()->set_up(up);
            controlplane_.tell(event);
        });
    }

private:
    EventLoop loop_;
    test::FakeControlplane controlplane_;
    test::FakeDataplane dataplane_;
    std::thread thread_;
};

// A torii-mgmtd between them, with a session that writes and one that looks on.
class Bench {
public:
    explicit Bench(const Size& size) {
        folder_.write("router.json", document(size));
        daemons_ = std::make_unique<Daemons>(folder_.path());
        start();
    }
    void start() {
        const std::size_t before = daemons_->configured();
        mgmtd_ = std::make_unique<test::MgmtdProcess>(folder_.path(), std::vector<std::string>());
        until([&] { return daemons_->configured() >= before + 2; });
        writer_ = connected({});
        looker_ = connected({});
        netconf_.reset();
        run("configure");
    }
    [[nodiscard]] std::string run_dir() const { return folder_.path(); }

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
    // A confirmed commit whose author is cut off by it: how long after its time both daemons have
    // the configuration before it again. The process is the same one.
    Milliseconds undo() {
        auto lost = connected({});
        for (const char* line : {"configure private", "set system hostname cut-off"}) {
            run(*lost, line);
        }
        const std::size_t before = daemons_->configured();
        const auto start = Clock::now();
        run(*lost, "commit confirmed 1");
        lost.reset();
        until([&] { return daemons_->configured() >= before + 4; });
        if (!mgmtd_->running()) throw std::runtime_error("torii-mgmtd has ended");
        return Clock::now() - start - 1s;
    }
    // From what happens to the notification that a client of NETCONF reads, each time.
    std::vector<Milliseconds> notifications(int count) {
        if (!netconf_) begin_netconf();
        (void)netconf(
            "<create-subscription "
            "xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\"/>");
        std::vector<Milliseconds> out;
        for (int index = 0; index < count; ++index) {
            const std::size_t before = notified_;
            const auto start = Clock::now();
            daemons_->tell(address(index % 3), index % 2 == 0);
            until([&] { return notified_ > before; });
            out.push_back(Clock::now() - start);
        }
        return out;
    }
    // Kills torii-mgmtd `after` the beginning of a commit of many lines and starts it again: how
    // many of the lines are in force then.
    std::pair<std::size_t, std::size_t> kill_in_commit(const std::string& mark,
                                                       Milliseconds after) {
        constexpr std::size_t kLines = 100;
        for (std::size_t index = 0; index < kLines; ++index) {
            run(fmt::format("set bgp neighbor {} description {}", address(static_cast<int>(index)),
                            mark));
        }
        ask(*writer_, "commit", [](const ipc::MgmtReply&) {});
        const auto end = Clock::now() + after;
        while (Clock::now() < end) loop_.context().run_one_for(1ms);
        writer_.reset();
        looker_.reset();
        mgmtd_->kill();
        mgmtd_.reset();
        start();
        const std::string text = said(*writer_, "show | display set");
        std::size_t found = 0;
        for (std::size_t at = text.find(mark); at != text.npos; at = text.find(mark, at + 1))
            ++found;
        return {found, kLines};
    }
    [[nodiscard]] std::string said(const std::string& line) { return said(*looker_, line); }
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
    std::unique_ptr<Client> connected(Client::Events events) {
        auto client =
            std::make_unique<Client>(loop_, folder_.path() / "mgmtd.sock", std::move(events));
        client->start();
        until([&] { return client->connected(); });
        return client;
    }
    void begin_netconf() {
        Client::Events events;
        events.event = [this](const ipc::MgmtReply& event) {
            if (event.netconf().text().find("<notification") != std::string::npos) ++notified_;
        };
        netconf_ = connected(std::move(events));
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
    void run(const std::string& line) { run(*writer_, line); }
    void run(Client& client, const std::string& line) { (void)said(client, line); }
    std::string said(Client& client, const std::string& line) {
        std::string text;
        bool done = false;
        ask(client, line, [&](const ipc::MgmtReply& reply) {
            text = reply.output().text();
            if (reply.output().status() != 0) throw std::runtime_error(text);
            done = true;
        });
        until([&] { return done; });
        return text;
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
    std::size_t notified_ = 0;
};

}  // namespace torii::bench
