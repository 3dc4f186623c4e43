#include "platform/base/log_targets.h"

#include "platform/base/log_sinks.h"
#include "platform/base/socket_address.h"
#include "platform/base/utc.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace torii {
namespace {

// RFC 5424 section 6.2.1: of the facility daemon (3).
int priority(spdlog::level::level_enum level) {
    constexpr int kDaemon = 3 * 8;
    switch (level) {
        case spdlog::level::debug: return kDaemon + 7;
        case spdlog::level::info: return kDaemon + 6;
        case spdlog::level::warn: return kDaemon + 4;
        default: return kDaemon + 3;
    }
}

// A nil value where there is none (RFC 5424 section 6).
std::string_view or_nil(const std::string& text) {
    return text.empty() ? "-" : std::string_view(text);
}

// One datagram a line (RFC 5426).
class SyslogSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    SyslogSink(const LogTargets& targets, const LogTargets::Server& server)
        : hostname_(targets.hostname),
          program_(targets.program),
          socket_(::socket(server.address.is_v4() ? AF_INET : AF_INET6,
                           SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
          to_(socket_address(server.address, server.port)) {}
    SyslogSink(const SyslogSink&) = delete;
    SyslogSink& operator=(const SyslogSink&) = delete;
    ~SyslogSink() override { ::close(socket_); }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        // What every receiver takes (RFC 5426 section 3.2).
        constexpr std::size_t kLineMax = 2048;
        const auto seconds = std::chrono::system_clock::to_time_t(message.time);
        std::string line =
            fmt::format("<{}>1 {} {} {} {} - - {}", priority(message.level), utc_text(seconds),
                        or_nil(hostname_), or_nil(program_), ::getpid(),
                        std::string_view(message.payload.data(), message.payload.size()));
        if (line.size() > kLineMax) line.resize(kLineMax);
        (void)::sendto(socket_, line.data(), line.size(), MSG_NOSIGNAL, to_.get(), to_.size);
    }
    void flush_() override {}

private:
    std::string hostname_;
    std::string program_;
    int socket_;
    SocketAddress to_;
};

}  // namespace

Result<void> set_log_targets(const LogTargets& targets) {
    std::vector<spdlog::sink_ptr> sinks;
    for (const LogTargets::Server& server : targets.servers) {
        sinks.push_back(std::make_shared<SyslogSink>(targets, server));
    }
    // The last one: on a full disk it throws, and those after it would get nothing.
    if (!targets.file.empty()) {
        try {
            sinks.push_back(std::make_shared<spdlog::sinks::basic_file_sink_mt>(targets.file));
        } catch (const spdlog::spdlog_ex& error) {
            return fail("cannot write the log file {}: {}", targets.file, error.what());
        }
        sinks.back()->set_pattern(kLogPattern);
    }
    set_more_log_sinks(std::move(sinks), targets.level, targets.categories);
    return {};
}

}  // namespace torii
