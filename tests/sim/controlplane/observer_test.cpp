// What can be read of a session is what its peer said, however the two write it.
#include "controlplane/speaker/session_observer.h"
#include "desk.h"

#include <map>

namespace torii::sim {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// Keeps what the routes are by the octets of the UPDATE messages, in the session's way of writing.
class Recorder final : public speaker::SessionObserver {
public:
    using Routes = std::map<std::pair<Prefix, std::uint32_t>, bgp::PathAttributes>;

    void session_up(const speaker::ObservedSession& session) override {
        context = session.negotiated.update_context();
        ++ups;
    }
    void session_down(const IpAddress&, const bgp::SessionDown&) override { ++downs; }
    void update_received(const IpAddress&, Bytes messages, bgp::Verdict) override {
        apply(messages, context, routes);
    }
    static void apply(Bytes messages, const bgp::UpdateContext& context, Routes& routes) {
        while (!messages.empty()) {
            const Bytes frame = bgp::next_frame(messages, bgp::kExtendedSizeMax).value().value();
            messages = messages.subspan(frame.size());
            const auto update = std::get<bgp::Update>(bgp::decode(frame, context).value());
            EXPECT_EQ(update.verdict, bgp::Verdict::accept);
            for (const bgp::Unreach& unreach : update.withdrawn) {
                for (std::size_t index = 0; index < unreach.prefixes.size(); ++index) {
                    routes.erase({unreach.prefixes[index], path_id(unreach, index).value()});
                }
            }
            for (const bgp::Reach& reach : update.announced) {
                for (std::size_t index = 0; index < reach.prefixes.size(); ++index) {
                    routes[{reach.prefixes[index], path_id(reach, index).value()}] =
                        bgp::attributes_of(update, reach);
                }
            }
        }
    }

    bgp::UpdateContext context;
    Routes routes;
    unsigned ups = 0;
    unsigned downs = 0;
};

class Observers : public Desktop {
protected:
    // Announces two prefixes, each by two paths if there are identifiers, and withdraws a third.
    void talk(const bgp::UpdateContext& context) {
        for (unsigned number = 0; number < 6; ++number) {
            const bgp::PathId id{context.add_path_send.empty() ? 0 : 1 + number % 2};
            bgp::PathAttributes attributes;
            attributes.as_path =
                bgp::AsPath::sequence({bgp::Asn{65001}, bgp::Asn{4200000000U + number}});
            attributes.next_hop = first_.info.remote;
            attributes.med = number;
            attributes.communities = {number};
            bgp::UpdateBuilder builder(context);
            builder.announce(Prefix::covering(IpAddress::v4(0xac140000 + (number / 2 << 8U)), 24),
                             attributes, id);
            for (const auto& message : builder.take()) first_.say(message);
        }
        bgp::UpdateBuilder builder(context);
        builder.withdraw(prefix("172.20.2.0/24"),
                         bgp::PathId{context.add_path_send.empty() ? 0U : 2U});
        for (const auto& message : builder.take()) first_.say(message);
        settle();
    }
    [[nodiscard]] Recorder::Routes read() {
        Recorder::Routes routes;
        rib::EntryId next = 0;
        for (bool more = true; more;) {
            std::vector<std::uint8_t> messages;
            more =
                core_->read_received(first_.info.remote, Family::ipv4_unicast, next, 1, messages);
            Recorder::apply(messages, recorder_.context, routes);
        }
        return routes;
    }
    void watch(const speaker::SpeakerConfig& config, const bgp::Open& open) {
        start(config);
        core_->add_observer(recorder_);
        first_.establish(desk_.acceptor(), open);
        settle();
        ASSERT_EQ(recorder_.ups, 1U);
    }

    Recorder recorder_;
};

TEST_F(Observers, AnOrdinarySession) {
    watch(config(), first_.open(false));
    talk({});
    EXPECT_THAT(recorder_.routes, SizeIs(2));
    EXPECT_EQ(read(), recorder_.routes);
    core_->remove_observer(recorder_);
    first_.vanish();
    settle();
    EXPECT_EQ(recorder_.downs, 0U);
    EXPECT_THAT(read(), IsEmpty());
}

TEST_F(Observers, ASessionWithPathIdentifiers) {
    speaker::SpeakerConfig with = config();
    with.dynamic_neighbors[0].peer.add_path[0].receive = true;
    bgp::Open open = first_.open(false);
    open.capabilities.add_path_send = {Family::ipv4_unicast};
    watch(with, open);
    bgp::UpdateContext context;
    context.add_path_send = {Family::ipv4_unicast};
    talk(context);
    EXPECT_THAT(recorder_.routes, SizeIs(5));
    EXPECT_EQ(read(), recorder_.routes);
}

// RFC 6793: the real numbers are in AS4_PATH.
TEST_F(Observers, ASessionWithTwoOctetAs) {
    bgp::Open open = first_.open(false);
    open.capabilities.four_octet_as.reset();
    watch(config(), open);
    EXPECT_FALSE(recorder_.context.four_octet_as);
    bgp::UpdateContext context;
    context.four_octet_as = false;
    talk(context);
    EXPECT_THAT(recorder_.routes, SizeIs(2));
    EXPECT_EQ(read(), recorder_.routes);
}

// Our other AS stands in front of what is kept, and the peer has not said it.
TEST_F(Observers, ASessionUnderAnotherAs) {
    speaker::SpeakerConfig with = config();
    with.dynamic_neighbors[0].peer.local_as = bgp::Asn{64999};
    watch(with, first_.open(false));
    talk({});
    EXPECT_THAT(recorder_.routes, SizeIs(2));
    EXPECT_EQ(read(), recorder_.routes);
}

// The OPENs are of the connection that came through (RFC 4271 section 6.8).
TEST_F(Observers, BothOpensAreThere) {
    watch(config(), first_.open(false));
    unsigned sessions = 0;
    core_->each_session([&](const speaker::ObservedSession& session) {
        ++sessions;
        EXPECT_EQ(
            std::vector<std::uint8_t>(session.received_open.begin(), session.received_open.end()),
            bgp::encode(first_.open(false)));
        EXPECT_EQ(std::vector<std::uint8_t>(session.sent_open.begin(), session.sent_open.end()),
                  bgp::encode(first_.heard_of<bgp::Open>().front()));
        EXPECT_EQ(session.since, world_.now());
    });
    EXPECT_EQ(sessions, 1U);
    first_.vanish();
    settle();
    EXPECT_EQ(recorder_.downs, 1U);
    core_->each_session([&](const speaker::ObservedSession&) { ++sessions; });
    EXPECT_EQ(sessions, 1U);
}

}  // namespace
}  // namespace torii::sim
