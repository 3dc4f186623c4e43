// One of several leads, whatever happens to the others, in virtual time.
#include "agent/api/election.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <random>

namespace torii::api {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

// The one lease, as a server keeps it.
struct LeaseServer {
    std::optional<json::object> lease;
    int version = 0;

    std::pair<Outcome, json::object> handle(const Request& request) {
        if (request.method == "GET") {
            if (!lease) return {{.status = 404}, {}};
            return {{.status = 200}, *lease};
        }
        json::object wanted = json::parse(request.body).as_object();
        json::object& metadata = wanted["metadata"].as_object();
        if (request.method == "POST") {
            if (lease) return {{.status = 409}, {}};
        } else {
            if (!lease) return {{.status = 404}, {}};
            if (metadata.at("resourceVersion") != lease->at("metadata").at("resourceVersion")) {
                return {{.status = 409}, {}};
            }
        }
        metadata["resourceVersion"] = std::to_string(++version);
        lease = wanted;
        return {{.status = request.method == "POST" ? 201U : 200U}, wanted};
    }
};

class ElectionTest : public testing::Test {
protected:
    struct Candidate {
        std::unique_ptr<Election> election;
        TimePoint due{};
        bool alive = true;
        bool cut_off = false;
    };

    Candidate& add(const std::string& name) {
        LeaseSettings settings;
        settings.identity = name;
        auto engine = std::make_shared<std::mt19937>(candidates_.size() + 1);
        candidates_.push_back({std::make_unique<Election>(
            settings, [engine] { return std::uniform_real_distribution<double>(0, 1)(*engine); })});
        return candidates_.back();
    }

    // Everybody asks when it is due; there is never more than one leader.
    void run(Duration span) {
        const TimePoint end = now_ + span;
        while (now_ < end) {
            now_ += 50ms;
            for (Candidate& candidate : candidates_) {
                if (!candidate.alive || candidate.due > now_) continue;
                const Request request =
                    candidate.election->next(now_, "t" + std::to_string(++clock_));
                if (candidate.cut_off) {
                    candidate.election->answered({.error = "timed out"}, {}, now_);
                } else {
                    const auto [outcome, lease] = server_.handle(request);
                    candidate.election->answered(outcome, lease, now_);
                }
                candidate.due = now_ + candidate.election->wait();
                ++requests_;
            }
            ASSERT_LE(leaders(), 1) << "at " << now_.time_since_epoch() / 1ms << " ms";
        }
    }
    [[nodiscard]] int leaders() const {
        int count = 0;
        // Also a process that hangs believes what its clock says when it goes on.
        for (const Candidate& candidate : candidates_) count += candidate.election->leads(now_);
        return count;
    }
    Candidate& leader() {
        for (Candidate& candidate : candidates_) {
            if (candidate.election->leads(now_)) return candidate;
        }
        throw std::logic_error("nobody leads");
    }

    LeaseServer server_;
    TimePoint now_{};
    int requests_ = 0;

private:
    std::deque<Candidate> candidates_;
    int clock_ = 0;
};

TEST_F(ElectionTest, OneLeadsAtOnceAndKeepsTheLease) {
    add("a");
    add("b");
    add("c");
    run(1s);
    ASSERT_EQ(leaders(), 1);
    Candidate* const first = &leader();
    const json::value acquired = server_.lease->at("spec").at("acquireTime");
    run(300s);
    EXPECT_EQ(&leader(), first);
    EXPECT_LT(requests_, 600) << "no more than a renewal each 2 s, and a look of the others";
    const json::object& spec = server_.lease->at("spec").as_object();
    EXPECT_EQ(spec.at("leaseTransitions"), 0);
    EXPECT_EQ(spec.at("leaseDurationSeconds"), 15);
    EXPECT_EQ(spec.at("acquireTime"), acquired);
    EXPECT_NE(spec.at("renewTime"), acquired);
}

TEST_F(ElectionTest, AnotherTakesOverWithinTheLease) {
    add("a");
    add("b");
    run(20s);
    leader().alive = false;
    run(10s);
    EXPECT_EQ(leaders(), 0) << "nobody while the lease still holds";
    run(10s);
    EXPECT_EQ(leaders(), 1);
    EXPECT_EQ(server_.lease->at("spec").at("leaseTransitions"), 1);
}

TEST_F(ElectionTest, WhoCannotRenewStopsBeforeAnotherBegins) {
    add("a");
    add("b");
    run(20s);
    Candidate& first = leader();
    first.cut_off = true;
    run(60s);
    EXPECT_FALSE(first.election->leads(now_));
    EXPECT_EQ(leaders(), 1);
    first.cut_off = false;
    run(60s);
    EXPECT_FALSE(first.election->leads(now_)) << "it comes back as one of the others";
}

TEST_F(ElectionTest, ALeaseThatIsTakenAwayIsMadeAnew) {
    add("a");
    add("b");
    run(20s);
    server_.lease.reset();
    run(5s);
    EXPECT_EQ(leaders(), 1);
    EXPECT_TRUE(server_.lease.has_value());
}

TEST_F(ElectionTest, WhoFindsTheLeaseChangedStopsAtOnce) {
    add("a");
    run(20s);
    Candidate& first = leader();
    json::object& lease = *server_.lease;
    lease["metadata"].as_object()["resourceVersion"] = "other";
    lease["spec"].as_object()["holderIdentity"] = "somebody";
    run(3s);  // its next renewal, well before the deadline of 10 s
    EXPECT_FALSE(first.election->leads(now_));
    EXPECT_EQ(first.election->holder(), "somebody");
}

TEST_F(ElectionTest, ALeaseWithoutHolderIsTakenAtOnce) {
    server_.lease = json::parse(R"({"metadata":{"resourceVersion":"0"},"spec":{}})").as_object();
    add("a");
    run(1s);
    EXPECT_EQ(leaders(), 1);
}

TEST_F(ElectionTest, ALeaseOfSomebodyUnknownIsRespectedForItsTime) {
    server_.lease = json::parse(R"({"metadata":{"resourceVersion":"0"},"spec":{)"
                                R"("holderIdentity":"x","leaseDurationSeconds":30,)"
                                R"("renewTime":"1999"}})")
                        .as_object();
    add("a");
    run(29s);
    EXPECT_EQ(leaders(), 0) << "wall clocks say nothing: it may have been renewed just now";
    run(8s);
    EXPECT_EQ(leaders(), 1);
}

TEST(Election, ALostAnswerIsNoLostLease) {
    LeaseSettings settings;
    settings.identity = "a";
    LeaseServer server;
    Election election(settings, [] { return 0.5; });
    TimePoint now{};
    const auto turn = [&](bool lost) {
        const auto [outcome, lease] = server.handle(election.next(now, "t"));
        election.answered(lost ? Outcome{.error = "cut"} : outcome, lease, now);
        now += election.wait();
    };
    turn(false);
    turn(true);   // created, but we do not know
    turn(false);  // it is ours
    turn(false);
    EXPECT_TRUE(election.leads(now));
    turn(true);  // renewed, but we do not know
    turn(false);
    turn(false);
    EXPECT_TRUE(election.leads(now));
}

}  // namespace
}  // namespace torii::api
