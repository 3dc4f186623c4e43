#include "platform/ipc/blocking.h"
#include "platform/ipc/client.h"
#include "platform/ipc/server.h"
#include "tests/unit/platform/ipc/socket_folder.h"
#include "tests/unit/platform/run_until.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <platform/ipc/proto/agent.pb.h>
#include <string>
#include <thread>
#include <vector>

namespace torii::ipc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using TestServer = Server<AgentRequest, AgentReply>;
using TestClient = Client<AgentRequest, AgentReply>;

AgentRequest ask(const std::string& afi) {
    AgentRequest request;
    request.mutable_get_routes()->set_afi(afi);
    return request;
}

AgentReply answer(std::uint64_t id, const std::string& node) {
    AgentReply reply;
    reply.set_id(id);
    reply.mutable_routes()->set_node(node);
    return reply;
}

class Conversation : public ::testing::Test {
protected:
    std::unique_ptr<TestServer> serve(TestServer::Handler handle) {
        auto server = TestServer::listen(loop_, folder_.socket(), 0600, std::move(handle));
        EXPECT_TRUE(server) << server.error().message;
        return server ? std::move(*server) : nullptr;
    }
    // Answers every request with its afi.
    std::unique_ptr<TestServer> serve_echo() {
        return serve([](const AgentRequest& request, const TestServer::SessionPtr& session) {
            session->send(answer(request.id(), request.get_routes().afi()));
        });
    }
    std::unique_ptr<TestClient> connect() {
        auto client = std::make_unique<TestClient>(
            loop_, folder_.socket(),
            TestClient::Events{
                [this] { ++up_; }, [this] { ++down_; },
                [this](const AgentReply& reply) { events_.push_back(reply.routes().node()); }});
        client->start();
        return client;
    }
    [[nodiscard]] TestClient::Handler collect() {
        return [this](const Result<AgentReply>& reply) {
            answers_.push_back(reply ? reply->routes().node() : "error: " + reply.error().message);
        };
    }

    EventLoop loop_;
    SocketFolder folder_;
    int up_ = 0;
    int down_ = 0;
    std::vector<std::string> events_;
    std::vector<std::string> answers_;
};

TEST_F(Conversation, EachCallGetsItsAnswerThoughTheyComeInAnotherOrder) {
    std::vector<AgentRequest> requests;
    TestServer::SessionPtr session;
    const auto server = serve([&](const AgentRequest& request, const TestServer::SessionPtr& from) {
        requests.push_back(request);
        session = from;
    });
    const auto client = connect();
    ASSERT_TRUE(run_until(loop_, [this] { return up_ == 1; }));
    std::string first;
    std::string second;
    client->call(ask("a"), [&](auto reply) { first = reply->routes().node(); });
    client->call(ask("b"), [&](auto reply) { second = reply->routes().node(); });
    ASSERT_TRUE(run_until(loop_, [&] { return requests.size() == 2; }));
    for (const std::size_t index : {1U, 0U}) {
        session->send(answer(requests[index].id(), "to " + requests[index].get_routes().afi()));
    }
    ASSERT_TRUE(run_until(loop_, [&] { return !first.empty() && !second.empty(); }));
    EXPECT_EQ(first, "to a");
    EXPECT_EQ(second, "to b");
}

TEST_F(Conversation, TheServersErrorIsTheCallsError) {
    const auto server = serve([](const AgentRequest& request, const TestServer::SessionPtr& from) {
        AgentReply reply;
        reply.set_id(request.id());
        reply.set_error("no such thing");
        from->send(reply);
    });
    const auto client = connect();
    ASSERT_TRUE(run_until(loop_, [this] { return up_ == 1; }));
    client->call(ask("a"), collect());
    ASSERT_TRUE(run_until(loop_, [this] { return !answers_.empty(); }));
    EXPECT_THAT(answers_, ElementsAre("error: no such thing"));
}

TEST_F(Conversation, RepliesOfIdZeroAreEvents) {
    const auto server = serve([](const AgentRequest& request, const TestServer::SessionPtr& from) {
        from->send(answer(0, "news"));
        from->send(answer(request.id(), "answer"));
        from->send(answer(0, "more news"));
    });
    const auto client = connect();
    ASSERT_TRUE(run_until(loop_, [this] { return up_ == 1; }));
    client->call(ask("a"), collect());
    ASSERT_TRUE(run_until(loop_, [this] { return events_.size() == 2; }));
    EXPECT_THAT(events_, ElementsAre("news", "more news"));
    EXPECT_THAT(answers_, ElementsAre("answer"));
}

TEST_F(Conversation, WithoutAServerACallFailsAtOnce) {
    const auto client = connect();
    client->call(ask("a"), collect());
    ASSERT_EQ(answers_.size(), 1U);
    EXPECT_THAT(answers_.front(), HasSubstr(folder_.socket()));
}

TEST_F(Conversation, TheClientConnectsToAServerThatComesLater) {
    const auto client = connect();
    bool waited = false;
    const Timer later = loop_.after(std::chrono::milliseconds(50), [&] { waited = true; });
    ASSERT_TRUE(run_until(loop_, [&] { return waited; }));
    EXPECT_FALSE(client->connected());
    const auto server = serve_echo();
    ASSERT_TRUE(run_until(loop_, [&] { return client->connected(); }));
    client->call(ask("late"), collect());
    ASSERT_TRUE(run_until(loop_, [this] { return !answers_.empty(); }));
    EXPECT_THAT(answers_, ElementsAre("late"));
}

TEST_F(Conversation, TheClientConnectsAgainToANewServer) {
    int requests = 0;
    auto server = serve([&](const AgentRequest&, const TestServer::SessionPtr&) { ++requests; });
    const auto client = connect();
    ASSERT_TRUE(run_until(loop_, [this] { return up_ == 1; }));
    client->call(ask("unanswered"), collect());
    ASSERT_TRUE(run_until(loop_, [&] { return requests == 1; }));
    server.reset();
    ASSERT_TRUE(run_until(loop_, [this] { return down_ == 1; }));
    // The call that was under way is told, and none is left for the new server.
    ASSERT_EQ(answers_.size(), 1U);
    EXPECT_THAT(answers_.front(), HasSubstr("went away"));
    server = serve_echo();
    ASSERT_TRUE(run_until(loop_, [this] { return up_ == 2; }));
    client->call(ask("again"), collect());
    ASSERT_TRUE(run_until(loop_, [this] { return answers_.size() == 2; }));
    EXPECT_EQ(answers_.back(), "again");
}

TEST_F(Conversation, ASlowReaderDoesNotHoldUpTheOthers) {
    std::vector<TestServer::SessionPtr> sessions;
    const auto server = serve([&](const AgentRequest& request, const TestServer::SessionPtr& from) {
        sessions.push_back(from);
        from->send(answer(request.id(), request.get_routes().afi()));
    });
    // It asks once and never reads.
    auto slow = BlockingConnection::connect(folder_.socket());
    ASSERT_TRUE(slow);
    AgentRequest request = ask("slow");
    request.set_id(1);
    EXPECT_FALSE(slow->exchange(request.SerializeAsString(), std::chrono::milliseconds(1)));
    ASSERT_TRUE(run_until(loop_, [&] { return sessions.size() == 1; }));
    for (int count = 0; count < 100; ++count) {
        sessions.front()->send(answer(0, std::string(100'000, 'x')));
    }
    const auto client = connect();
    ASSERT_TRUE(run_until(loop_, [this] { return up_ == 1; }));
    client->call(ask("quick"), collect());
    ASSERT_TRUE(run_until(loop_, [this] { return !answers_.empty(); }));
    EXPECT_THAT(answers_, ElementsAre("quick"));
    EXPECT_TRUE(sessions.front()->alive());
}

TEST_F(Conversation, AFrameThatIsNoRequestEndsThatConnectionOnly) {
    const auto server = serve_echo();
    const auto client = connect();
    ASSERT_TRUE(run_until(loop_, [this] { return up_ == 1; }));
    std::atomic<bool> ended = false;
    std::thread stranger([&] {
        auto connection = BlockingConnection::connect(folder_.socket());
        if (!connection) return;
        const auto reply = connection->exchange("\xff\xff\xff\xff", std::chrono::seconds(5));
        ended = !reply && reply.error().message.find("ended") != std::string::npos;
    });
    EXPECT_TRUE(run_until(loop_, [&] { return ended.load(); }));
    stranger.join();
    client->call(ask("still here"), collect());
    ASSERT_TRUE(run_until(loop_, [this] { return !answers_.empty(); }));
    EXPECT_THAT(answers_, ElementsAre("still here"));
}

TEST_F(Conversation, SessionsOfClientsThatLeftAreHarmless) {
    TestServer::SessionPtr session;
    const auto server = serve([&](const AgentRequest& request, const TestServer::SessionPtr& from) {
        session = from;
        from->send(answer(request.id(), "x"));
    });
    auto client = connect();
    ASSERT_TRUE(run_until(loop_, [this] { return up_ == 1; }));
    client->call(ask("a"), collect());
    ASSERT_TRUE(run_until(loop_, [this] { return !answers_.empty(); }));
    client.reset();
    ASSERT_TRUE(run_until(loop_, [&] { return !session->alive(); }));
    session->send(answer(0, "to nobody"));
}

TEST_F(Conversation, TheBlockingCallGetsItsAnswer) {
    const auto server = serve_echo();
    std::optional<Result<AgentReply>> reply;
    std::atomic<bool> done = false;
    std::thread caller([&] {
        auto connection = BlockingConnection::connect(folder_.socket());
        if (connection) reply = connection->call<AgentRequest, AgentReply>(ask("shell"));
        done = true;
    });
    EXPECT_TRUE(run_until(loop_, [&] { return done.load(); }));
    caller.join();
    ASSERT_TRUE(reply.has_value() && reply->has_value());
    EXPECT_EQ((*reply)->routes().node(), "shell");
}

TEST_F(Conversation, TheBlockingCallSaysThatNoAnswerCame) {
    const auto server = serve([](const AgentRequest&, const TestServer::SessionPtr&) {});
    auto connection = BlockingConnection::connect(folder_.socket());
    ASSERT_TRUE(connection);
    const auto reply = connection->exchange("", std::chrono::milliseconds(20));
    ASSERT_FALSE(reply);
    EXPECT_THAT(reply.error().message, HasSubstr("within 20 ms"));
}

TEST(BlockingConnection, SaysWhomItCannotReach) {
    const auto connection = BlockingConnection::connect("/nonexistent/x.sock");
    ASSERT_FALSE(connection);
    EXPECT_THAT(connection.error().message, HasSubstr("/nonexistent/x.sock"));
}

}  // namespace
}  // namespace torii::ipc
