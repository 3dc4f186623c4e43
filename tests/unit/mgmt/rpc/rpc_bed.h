#pragma once

#include "fake_backend.h"
#include "mgmt/rpc/netconf_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace torii::rpc {

// A session of NETCONF that has said hello, on a router of two documents.
class RpcBed : public testing::Test {
protected:
    RpcBed() {
        static const yang::Schema loaded = *yang::Schema::load(TORII_YANG_DIR);
        router_.schema = &loaded;
        router_.configure(R"({
            "torii-interfaces:interface": [
                {"name": "loop1", "loopback": [null], "ipv4": {"address": ["10.0.0.1/32"]}}],
            "torii-bgp:bgp": {
                "as": 65000, "router-id": "192.0.2.1",
                "peer-group": [{"name": "LAB", "remote-as": "external", "password": "canary"}],
                "neighbor": [{"address": "192.0.2.2", "peer-group": "LAB"},
                             {"address": "192.0.2.3", "peer-group": "LAB", "passive": true}]}})");
        totals_.since = 1'700'000'000;
        session_ =
            std::make_shared<NetconfSession>(std::make_unique<FakeBackend>(router_, 4), totals_);
    }
    void greet(const std::string& version = "1.1") {
        const Answer answer = say(
            "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities><capability>"
            "urn:ietf:params:netconf:base:" +
            version + "</capability></capabilities></hello>");
        ASSERT_FALSE(answer.ended) << answer.reason;
        ASSERT_EQ(answer.chunked, version == "1.1");
        ASSERT_EQ(answer.text, "");
    }
    Answer say(const std::string& message) {
        std::optional<Answer> got;
        session_->handle(message, [&](Answer answer) { got = std::move(answer); });
        EXPECT_TRUE(got.has_value()) << "no answer to " << message;
        return got.value_or(Answer{});
    }
    // What is inside <rpc-reply>.
    std::string call(const std::string& operation) {
        const std::string text =
            say("<rpc message-id=\"1\" xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\">" +
                operation + "</rpc>")
                .text;
        const std::string start =
            "<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\"1\">";
        const std::string end = "</rpc-reply>";
        if (!text.starts_with(start) || !text.ends_with(end)) return "no reply: " + text;
        return text.substr(start.size(), text.size() - start.size() - end.size());
    }
    std::string edit(const std::string& config, const std::string& options = "") {
        return call("<edit-config><target><candidate/></target>" + options + "<config>" + config +
                    "</config></edit-config>");
    }
    [[nodiscard]] std::string candidate() const {
        return boost::json::serialize(router_.candidate);
    }

    FakeRouter router_;
    Totals totals_;
    std::shared_ptr<NetconfSession> session_;
};

}  // namespace torii::rpc
