#pragma once

#include "mgmt/yang/typed_config.h"
#include "platform/ipc/client.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <platform/ipc/proto/controlplane.pb.h>
#include <platform/ipc/proto/dataplane.pb.h>
#include <platform/ipc/proto/platform.pb.h>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace torii::mgmt {

// A daemon as far as configuring it goes.
class Daemon {
public:
    // A note for the user (often empty), or why it refused.
    using Configured = std::function<void(Result<std::string>)>;

    Daemon() = default;
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    virtual ~Daemon() = default;

    [[nodiscard]] virtual const std::string& name() const = 0;
    [[nodiscard]] virtual bool connected() const = 0;
    // Else a part of torii-mgmtd, which users need not be told of.
    [[nodiscard]] virtual bool own_process() const { return true; }
    // Paths of the configuration it has taken that its next start brings into force.
    [[nodiscard]] virtual std::vector<std::string> restart_pending() const { return {}; }
    // `check_only`: says whether it could take this, and changes nothing.
    virtual void configure(const yang::TypedConfig& config, std::uint64_t version, bool check_only,
                           Configured done) = 0;
};

// A part of torii-mgmtd itself that takes the configuration as the daemons do, so that what it
// cannot do refuses the commit.
class OwnPart : public Daemon {
public:
    explicit OwnPart(std::string name) : name_(std::move(name)) {}
    [[nodiscard]] const std::string& name() const final { return name_; }
    [[nodiscard]] bool connected() const final { return true; }
    [[nodiscard]] bool own_process() const final { return false; }

private:
    std::string name_;
};

// The conversation with one daemon. A daemon that hangs does not hang its clients: every question
// has an end.
template <class Request, class Reply>
class Questions {
public:
    using Handler = std::function<void(Result<Reply>)>;

    static constexpr std::chrono::seconds kAskTimeout{10};

    Questions(EventLoop& loop, std::string name, const std::string& socket,
              std::function<void()> up = nullptr, std::function<void()> down = nullptr)
        : loop_(loop),
          name_(std::move(name)),
          client_(loop, socket, {std::move(up), std::move(down), [this](const Reply& event) {
                                     if (on_event_) on_event_(event);
                                 }}) {}

    void start() { client_.start(); }
    // What it tells without being asked.
    void on_event(std::function<void(const Reply&)> call) { on_event_ = std::move(call); }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] bool connected() const { return client_.connected(); }

    void ask(Request request, Handler done, std::chrono::seconds timeout = kAskTimeout) {
        if (!connected()) return done(fail("torii-{} does not run: start it", name_));
        struct Waiting {
            Handler done;
            Timer timer;
        };
        auto waiting = std::make_shared<Waiting>();
        waiting->done = std::move(done);
        const auto finish = [](Waiting& one, Result<Reply> result) {
            if (const Handler call = std::exchange(one.done, nullptr)) call(std::move(result));
        };
        waiting->timer = loop_.after(timeout, [waiting, finish, name = name_, timeout] {
            finish(*waiting, fail("torii-{} did not answer within {} s", name, timeout.count()));
        });
        client_.call(std::move(request), [waiting, finish](Result<Reply> result) {
            waiting->timer.reset();
            finish(*waiting, std::move(result));
        });
    }

private:
    EventLoop& loop_;
    std::string name_;
    std::function<void(const Reply&)> on_event_;
    ipc::Client<Request, Reply> client_;
};

// A daemon that has a part of the configuration.
template <class Request, class Reply>
class DaemonLink final : public Daemon, public Questions<Request, Reply> {
public:
    using Asked = Questions<Request, Reply>;
    using Asked::Asked;

    // Taking a configuration can mean starting devices.
    static constexpr std::chrono::seconds kConfigureTimeout{30};

    [[nodiscard]] const std::string& name() const override { return Asked::name(); }
    [[nodiscard]] bool connected() const override { return Asked::connected(); }

    void configure(const yang::TypedConfig& config, std::uint64_t version, bool check_only,
                   Configured done) override {
        Request request;
        auto& body = *request.mutable_configure();
        body.set_config_version(version);
        body.set_check_only(check_only);
        if constexpr (std::is_same_v<Request, ipc::DataplaneRequest>) {
            *body.mutable_config() = config.dataplane;
        } else {
            *body.mutable_config() = config.controlplane;
        }
        this->ask(
            std::move(request),
            [this, check_only, done = std::move(done)](const Result<Reply>& reply) {
                if (!reply) return done(unexpected(reply.error()));
                if constexpr (std::is_same_v<Request, ipc::DataplaneRequest>) {
                    const auto& pending = reply->configured().restart_pending();
                    if (!check_only) pending_.assign(pending.begin(), pending.end());
                }
                done(reply->configured().note());
            },
            kConfigureTimeout);
    }
    [[nodiscard]] std::vector<std::string> restart_pending() const override { return pending_; }

private:
    std::vector<std::string> pending_;
};

using ControlplaneLink = DaemonLink<ipc::ControlplaneRequest, ipc::ControlplaneReply>;
using DataplaneLink = DaemonLink<ipc::DataplaneRequest, ipc::DataplaneReply>;
// Not everywhere there is one: the lab's cards are no cards.
using PlatformLink = Questions<ipc::PlatformRequest, ipc::PlatformReply>;

}  // namespace torii::mgmt
