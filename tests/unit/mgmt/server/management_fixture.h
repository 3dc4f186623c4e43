#pragma once

#include "mgmt/server/management.h"
#include "platform/base/durable_file.h"
#include "tests/support/fake_daemon.h"
#include "tests/unit/platform/run_until.h"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace torii::mgmt {

using namespace std::chrono_literals;
using test::FakeControlplane;
using test::FakeDataplane;

inline const yang::Schema& schema() {
    static const yang::Schema loaded = *yang::Schema::load(TORII_YANG_DIR);
    return loaded;
}

// mgmtd on real sockets, between two daemons that are not.
class ManagementTest : public testing::Test {
protected:
    ManagementTest() {
        std::string pattern = std::filesystem::temp_directory_path() / "torii-mgmt-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        file_ = folder_ + "/router.json";
        std::filesystem::copy_file(std::string(TORII_EXAMPLES_DIR) + "/router.json", file_);
    }
    ~ManagementTest() override {
        management_.reset();
        std::filesystem::remove_all(folder_);
    }
    ManagementTest(const ManagementTest&) = delete;
    ManagementTest& operator=(const ManagementTest&) = delete;

    void start() {
        management_.reset();
        auto started = Management::start(loop_, schema(), file_, folder_);
        ASSERT_TRUE(started) << started.error().message;
        management_ = std::move(*started);
        session_ = management_->sessions().open({"ann", Role::admin, "cli", "here"});
    }
    void start_controlplane() {
        controlplane_ = std::make_unique<FakeControlplane>(loop_, folder_ + "/controlplane.sock");
    }
    void start_dataplane() {
        dataplane_ = std::make_unique<FakeDataplane>(loop_, folder_ + "/dataplane.sock");
    }
    void start_all() {
        start_controlplane();
        start_dataplane();
        start();
        ASSERT_TRUE(until([this] {
            return controlplane_->configured.size() == 1 && dataplane_->configured.size() == 1;
        }));
    }

    // Lets the loop turn until `condition` holds; false when it does not within ten seconds.
    bool until(const std::function<bool()>& condition) { return run_until(loop_, condition); }

    ipc::CommandOutput run(const std::string& line) {
        std::optional<ipc::CommandOutput> output;
        management_->run(session_, line, [&](ipc::CommandOutput got) { output = std::move(got); });
        EXPECT_TRUE(until([&] { return output.has_value(); })) << line;
        return output.value_or(ipc::CommandOutput());
    }
    // What Tab offers behind a line.
    [[nodiscard]] std::vector<std::string> offered(const std::string& line) const {
        const ipc::Completions completions = management_->complete(*session_, line);
        std::vector<std::string> out;
        for (const auto& one : completions.completions()) out.push_back(one.word());
        return out;
    }
    [[nodiscard]] std::string file_text() const { return **read_text(file_); }

    EventLoop loop_;
    std::string folder_;
    std::string file_;
    std::unique_ptr<FakeControlplane> controlplane_;
    std::unique_ptr<FakeDataplane> dataplane_;
    std::unique_ptr<Management> management_;
    SessionPtr session_;
};

}  // namespace torii::mgmt
