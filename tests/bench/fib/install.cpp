// Routes into a running torii-dataplane through its socket, as the control plane gives them.
//
//     torii_bench_fib_install SOCKET ROUTES
#include "platform/ipc/client.h"
#include "platform/ipc/convert.h"
#include "platform/ipc/proto/dataplane.pb.h"
#include "platform/runtime/event_loop.h"
#include "tests/bench/fib/clocks.h"
#include "tests/bench/fib/table_under_test.h"

#include <cstdio>
#include <cstdlib>
#include <optional>

namespace torii::bench {
namespace {

constexpr std::size_t kBatch = 4096;     // routes of one update
constexpr std::size_t kOutstanding = 4;  // updates that are not answered yet

[[noreturn]] void give_up(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::exit(EXIT_FAILURE);
}

class Installer {
public:
    Installer(const std::string& path, IpFamily family, std::size_t routes)
        : prefixes_(internet_prefixes(family, routes)),
          client_(loop_, path,
                  {[this] { begin(); }, [] { give_up("the engine is gone"); }, nullptr}) {}

    // Routes per second, from the first update to the last answer.
    double run() {
        client_.start();
        loop_.run();
        return static_cast<double>(prefixes_.size()) / seconds_;
    }

private:
    // Groups first; then the time runs.
    void begin() {
        ipc::DataplaneRequest request;
        ipc::FibUpdate& update = *request.mutable_fib_update();
        update.set_version(++version_);
        for (std::uint32_t id = 1; id <= kGroups; ++id) {
            ipc::NextHop& next_hop = *update.add_next_hops();
            next_hop.set_id(id);
            next_hop.set_kind(ipc::NEXT_HOP_DISCARD);
            ipc::NextHopGroup& group = *update.add_groups();
            group.set_id(id);
            group.add_members()->set_next_hop_id(id);
        }
        client_.call(std::move(request), [this](const Result<ipc::DataplaneReply>& reply) {
            if (!reply) give_up(reply.error().message);
            watch_.emplace();
            for (std::size_t index = 0; index < kOutstanding; ++index) send();
        });
    }

    void send() {
        if (sent_ == prefixes_.size()) return;
        ipc::DataplaneRequest request;
        ipc::FibUpdate& update = *request.mutable_fib_update();
        update.set_version(++version_);
        std::size_t count = 0;
        for (; count < kBatch && sent_ < prefixes_.size(); ++count, ++sent_) {
            ipc::FibRoute& route = *update.add_routes();
            *route.mutable_prefix() = ipc::to_proto(prefixes_[sent_]);
            route.set_group_id(1 + static_cast<std::uint32_t>(sent_) % kGroups);
        }
        client_.call(std::move(request), [this, count](const Result<ipc::DataplaneReply>& reply) {
            if (!reply) give_up(reply.error().message);
            installed_ += count;
            if (installed_ < prefixes_.size()) return send();
            seconds_ = watch_->wall();
            loop_.stop();
        });
    }

    EventLoop loop_;
    std::vector<Prefix> prefixes_;
    ipc::Client<ipc::DataplaneRequest, ipc::DataplaneReply> client_;
    std::optional<Stopwatch> watch_;
    std::uint64_t version_ = 0;
    std::size_t sent_ = 0;
    std::size_t installed_ = 0;
    double seconds_ = 0;
};

}  // namespace
}  // namespace torii::bench

int main(int argc, char** argv) {
    using namespace torii;
    if (argc != 3) return EXIT_FAILURE;
    const auto routes = static_cast<std::size_t>(std::atoll(argv[2]));
    for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
        bench::Installer installer(argv[1], family, routes);
        std::printf("IPv%c: %zu routes, %.0f routes/s\n", family == IpFamily::v4 ? '4' : '6',
                    routes, installer.run());
    }
    return EXIT_SUCCESS;
}
