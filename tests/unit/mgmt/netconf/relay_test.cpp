#include "mgmt/netconf/relay.h"

#include "platform/ipc/server.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/platform/run_until.h"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fcntl.h>
#include <unistd.h>

namespace torii::netconf {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

// A relay between two pipes and something that answers in mgmtd's place.
class RelayTest : public testing::Test {
protected:
    using Server = ipc::Server<ipc::MgmtRequest, ipc::MgmtReply>;

    RelayTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        relay_input_ = ends[0];
        client_output_ = ends[1];
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        client_input_ = ends[0];
        relay_output_ = ends[1];
        EXPECT_EQ(::fcntl(client_input_, F_SETFL, O_NONBLOCK), 0);
        server_ = *Server::listen(loop_, socket(), 0600,
                                  [this](const ipc::MgmtRequest& request, const auto& client) {
                                      client_ = client;
                                      requests_.push_back(request);
                                  });
    }
    ~RelayTest() override {
        relay_.reset();
        for (const int end : {relay_input_, client_input_, relay_output_}) ::close(end);
        hang_up();
    }
    RelayTest(const RelayTest&) = delete;
    RelayTest& operator=(const RelayTest&) = delete;

    [[nodiscard]] std::string socket() const { return folder_.path() / "mgmtd.sock"; }
    void start() {
        relay_ =
            std::make_unique<Relay>(loop_, Relay::Ends{relay_input_, relay_output_}, "192.0.2.1",
                                    [this](const std::string& reason) { ended_ = reason; });
        relay_->start(socket());
    }
    // A session whose hello was answered.
    void open() {
        start();
        ASSERT_TRUE(until([this] { return requests_.size() == 1; }));
        answer("<hello/>");
        ASSERT_TRUE(until([this] { return received() == "<hello/>]]>]]>"; }));
        heard_.clear();
    }
    void say(const std::string& text) {
        ASSERT_EQ(::write(client_output_, text.data(), text.size()),
                  static_cast<ssize_t>(text.size()));
    }
    void hang_up() {
        if (client_output_ >= 0) ::close(client_output_);
        client_output_ = -1;
    }
    void answer(const std::string& text, bool chunked = false, bool ended = false,
                const std::string& reason = "") {
        ipc::MgmtReply reply;
        reply.set_id(requests_.back().id());
        reply.mutable_netconf()->set_text(text);
        reply.mutable_netconf()->set_chunked(chunked);
        reply.mutable_netconf()->set_ended(ended);
        reply.mutable_netconf()->set_reason(reason);
        client_->send(reply);
    }
    std::string received() {
        std::array<char, 65536> buffer{};
        ssize_t got = 0;
        while ((got = ::read(client_input_, buffer.data(), buffer.size())) > 0) {
            heard_.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return heard_;
    }
    std::vector<std::string> messages() const {
        std::vector<std::string> out;
        for (const auto& request : requests_) {
            if (request.has_netconf_message()) out.push_back(request.netconf_message().text());
        }
        return out;
    }
    bool until(const std::function<bool()>& condition) { return run_until(loop_, condition); }

    test::TemporaryFolder folder_;
    EventLoop loop_;
    std::unique_ptr<Server> server_;
    std::unique_ptr<Relay> relay_;
    Server::SessionPtr client_;
    std::vector<ipc::MgmtRequest> requests_;
    std::optional<std::string> ended_;
    std::string heard_;
    int relay_input_ = -1;
    int relay_output_ = -1;
    int client_input_ = -1;
    int client_output_ = -1;
};

TEST_F(RelayTest, TheNextMessageWaitsForTheAnswerToTheOneBefore) {
    open();
    EXPECT_EQ(requests_[0].open().through(), "netconf");
    EXPECT_EQ(requests_[0].open().from(), "192.0.2.1");
    say("one]]>]]>two]]>]]>");
    ASSERT_TRUE(until([this] { return !messages().empty(); }));
    loop_.context().restart();
    loop_.context().run_for(20ms);
    EXPECT_THAT(messages(), ElementsAre("one"));
    answer("1");
    ASSERT_TRUE(until([this] { return messages().size() == 2; }));
    answer("2");
    ASSERT_TRUE(until([this] { return received() == "1]]>]]>2]]>]]>"; }));
    EXPECT_THAT(messages(), ElementsAre("one", "two"));
}

TEST_F(RelayTest, FromTheAnswerToHelloOnThereAreChunks) {
    open();
    say("<hello/>]]>]]>\n#3\none\n##\n");
    ASSERT_TRUE(until([this] { return messages().size() == 1; }));
    answer("", true);
    ASSERT_TRUE(until([this] { return messages().size() == 2; }));
    EXPECT_EQ(messages()[1], "one");
    answer("1");
    EXPECT_TRUE(until([this] { return received() == "\n#1\n1\n##\n"; }));
}

TEST_F(RelayTest, EventsComeBetweenAnswersAndMayEndIt) {
    open();
    ipc::MgmtReply event;
    event.mutable_netconf()->set_text("event");
    client_->send(event);
    ASSERT_TRUE(until([this] { return received() == "event]]>]]>"; }));
    // It is no answer: the next message goes out once, and only after its own turn.
    say("one]]>]]>two]]>]]>");
    ASSERT_TRUE(until([this] { return messages().size() == 1; }));
    client_->send(event);
    ASSERT_TRUE(until([this] { return received() == "event]]>]]>event]]>]]>"; }));
    EXPECT_EQ(messages().size(), 1U);
    event.mutable_netconf()->set_text("");
    event.mutable_netconf()->set_ended(true);
    event.mutable_netconf()->set_reason("killed");
    client_->send(event);
    ASSERT_TRUE(until([this] { return ended_.has_value(); }));
    EXPECT_EQ(*ended_, "killed");
}

TEST_F(RelayTest, WhoSaysNoMoreIsStillAnswered) {
    open();
    say("one]]>]]>two]]>]]>");
    hang_up();
    ASSERT_TRUE(until([this] { return messages().size() == 1; }));
    answer("1");
    ASSERT_TRUE(until([this] { return messages().size() == 2; }));
    EXPECT_FALSE(ended_.has_value());
    answer("2");
    ASSERT_TRUE(until([this] { return ended_.has_value(); }));
    EXPECT_EQ(*ended_, "");
    EXPECT_EQ(received(), "1]]>]]>2]]>]]>");
}

TEST_F(RelayTest, AFloodWaitsWithTheClient) {
    open();
    say("one]]>]]>");
    ASSERT_TRUE(until([this] { return messages().size() == 1; }));
    // What the pipe takes beside what is read ahead.
    EXPECT_EQ(::fcntl(client_output_, F_SETFL, O_NONBLOCK), 0);
    const std::string flood(4096, 'x');
    std::size_t taken = 0;
    for (int round = 0; round < 1000; ++round) {
        const ssize_t sent = ::write(client_output_, flood.data(), flood.size());
        if (sent > 0) taken += static_cast<std::size_t>(sent);
        loop_.context().restart();
        loop_.context().poll();
    }
    EXPECT_GT(taken, std::size_t{64} * 1024);
    EXPECT_LT(taken, std::size_t{1024} * 1024);
    // It goes on afterwards.
    answer("1");
    ASSERT_TRUE(until([&] { return ::write(client_output_, flood.data(), flood.size()) > 0; }));
}

TEST_F(RelayTest, WhyItEndsIsTold) {
    open();
    say("<hello/>]]>]]>no chunk");
    ASSERT_TRUE(until([this] { return messages().size() == 1; }));
    answer("", true);
    ASSERT_TRUE(until([this] { return ended_.has_value(); }));
    EXPECT_THAT(*ended_, HasSubstr("a chunk does not begin"));
}

TEST_F(RelayTest, AServerThatGoesIsNamed) {
    open();
    server_.reset();
    ASSERT_TRUE(until([this] { return ended_.has_value(); }));
    EXPECT_THAT(*ended_, HasSubstr("torii-mgmtd went away"));
}

TEST_F(RelayTest, WithoutAServerItSaysSo) {
    server_.reset();
    start();
    ASSERT_TRUE(until([this] { return ended_.has_value(); }));
    EXPECT_THAT(*ended_, HasSubstr("is torii-mgmtd running"));
}

TEST_F(RelayTest, ARefusalIsTold) {
    start();
    ASSERT_TRUE(until([this] { return requests_.size() == 1; }));
    ipc::MgmtReply reply;
    reply.set_id(requests_[0].id());
    reply.set_error("you have no role");
    client_->send(reply);
    ASSERT_TRUE(until([this] { return ended_.has_value(); }));
    EXPECT_EQ(*ended_, "you have no role");
}

}  // namespace
}  // namespace torii::netconf
