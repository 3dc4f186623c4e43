// MRT files: when they are written, what is in them, and what happens when they cannot be.
#include "controlplane/monitoring/mrt_recorder.h"
#include "desk.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/resource.h>

namespace torii::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace fs = std::filesystem;

// 2026-01-01 00:00:00 UTC, when the clock of the world shows 1000 s.
constexpr std::chrono::seconds kStart{1767225600};

struct MrtRecord {
    std::uint32_t time = 0;
    unsigned type = 0;
    unsigned subtype = 0;
    std::vector<std::uint8_t> body;
};

class Recording : public Desktop {
protected:
    Recording() {
        std::string pattern = fs::temp_directory_path() / "torii-mrt-XXXXXX";
        folder_ = mkdtemp(pattern.data());
    }
    ~Recording() override {
        recorder_.reset();
        fs::remove_all(folder_);
    }
    void record(const monitoring::MrtConfig& config = {}) {
        recorder_ = std::make_unique<monitoring::MrtRecorder>(world_, *core_, [this] {
            return std::chrono::duration_cast<monitoring::UnixTime>(
                kStart + world_.now().time_since_epoch() - Seconds{1000});
        });
        recorder_->configure(config);
    }
    void announce_many(Node& node, unsigned count) {
        for (unsigned number = 0; number < count; ++number) {
            node.announce(Prefix::covering(IpAddress::v4(0xac100000 + (number << 8U)), 24),
                          {number});
        }
        settle();
    }
    [[nodiscard]] std::vector<MrtRecord> read(const std::string& name) const {
        std::ifstream file(folder_ / name, std::ios::binary);
        const std::vector<char> octets{std::istreambuf_iterator<char>(file), {}};
        std::vector<std::uint8_t> all(octets.begin(), octets.end());
        std::vector<MrtRecord> records;
        ByteReader in(all);
        while (!in.empty()) {
            MrtRecord record{in.u32(), in.u16(), in.u16(), {}};
            const Bytes body = in.take(in.u32());
            record.body.assign(body.begin(), body.end());
            records.push_back(std::move(record));
        }
        EXPECT_FALSE(in.failed()) << name << " ends in the middle of a record";
        return records;
    }
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder_)) {
            names.push_back(entry.path().filename());
        }
        std::ranges::sort(names);
        return names;
    }
    // What became of a dump on demand.
    [[nodiscard]] std::string dump(const std::string& name) {
        std::string outcome = "nothing yet";
        recorder_->dump(folder_ / name, [&outcome](const Result<ipc::MrtWritten>& written) {
            outcome =
                written ? fmt::format("{} records", written->records()) : written.error().message;
        });
        settle();
        return outcome;
    }

    fs::path folder_;
    std::unique_ptr<monitoring::MrtRecorder> recorder_;
};

TEST_F(Recording, ATableDumpHasThePeersThenEveryPrefixOfBothFamilies) {
    start(config(), {{prefix("10.10.1.0/24"), {}}, {prefix("fd10::/64"), {}}});
    first_.establish(desk_.acceptor());
    second_.establish(desk_.acceptor());
    first_.announce(prefix("172.20.2.0/24"));
    second_.announce(prefix("172.20.2.0/24"));
    settle();
    record();
    EXPECT_EQ(dump("rib.%Y-%m-%d"), "4 records");
    EXPECT_THAT(files(), ElementsAre("rib.2026-01-01"));
    const auto records = read("rib.2026-01-01");
    ASSERT_THAT(records, SizeIs(4));
    std::vector<unsigned> subtypes;
    for (const MrtRecord& record : records) {
        EXPECT_EQ(record.type, 13U);
        EXPECT_EQ(record.time, static_cast<std::uint32_t>(kStart.count()));
        subtypes.push_back(record.subtype);
    }
    EXPECT_THAT(subtypes, ElementsAre(1, 2, 2, 4));
    ByteReader index(records[0].body);
    index.take(4 + 2);
    EXPECT_EQ(index.u16(), 3U) << "ourselves and two peers";
    unsigned paths = 0;
    for (const MrtRecord& record : records) {
        if (record.subtype != 2) continue;
        ByteReader entry(record.body);
        entry.take(4 + 1 + 3);
        paths += entry.u16();
    }
    EXPECT_EQ(paths, 3U);
}

TEST_F(Recording, RejectedPathsAreNotInTheTable) {
    start(config());
    first_.establish(desk_.acceptor());
    first_.announce_with_path(prefix("172.20.2.0/24"), {bgp::Asn{65001}, bgp::Asn{65000}});
    settle();
    record();
    EXPECT_EQ(dump("rib"), "1 records");
}

TEST_F(Recording, TablesAreWrittenAtMultiplesOfTheInterval) {
    start(config());
    record({monitoring::MrtSchedule{folder_ / "rib.%H%M%S", Seconds{300}}, std::nullopt});
    world_.run(Seconds{100});
    EXPECT_THAT(files(), IsEmpty());
    world_.run(Seconds{510});
    EXPECT_THAT(files(), ElementsAre("rib.000500", "rib.001000"));
    const auto state = recorder_->state().files(0);
    EXPECT_EQ(state.files(), 2U);
    EXPECT_EQ(state.next_seconds(), 290U);
    EXPECT_EQ(state.last().file(), (folder_ / "rib.001000").string());
    recorder_->configure({});
    world_.run(Seconds{1000});
    EXPECT_THAT(files(), SizeIs(2)) << "not any more";
}

// The time of day may be set back a little while a timer runs.
TEST_F(Recording, ATimerThatIsEarlyWritesNoFileOfTheTimeBefore) {
    start(config());
    recorder_ = std::make_unique<monitoring::MrtRecorder>(world_, *core_, [this] {
        const auto passed = world_.now().time_since_epoch() - Seconds{1000};
        return std::chrono::duration_cast<monitoring::UnixTime>(kStart + passed - passed / 1000);
    });
    recorder_->configure({monitoring::MrtSchedule{folder_ / "rib.%H%M%S", Seconds{300}},
                          monitoring::MrtSchedule{folder_ / "updates.%H%M%S", Seconds{300}}});
    world_.run(Seconds{605});
    EXPECT_THAT(files(), ElementsAre(".updates.001000.partial", "rib.000500", "rib.001000",
                                     "updates.000000", "updates.000500"));
}

TEST_F(Recording, AFileThatCannotBeWrittenIsAnErrorAndTheOldOneStays) {
    start(config());
    first_.establish(desk_.acceptor());
    announce_many(first_, 3000);
    record();
    EXPECT_THAT(dump("missing/rib"), AllOf(HasSubstr("cannot write"), HasSubstr("missing/rib"),
                                           HasSubstr("No such file or directory")));
    std::ofstream(folder_ / "rib") << "old";
    // As if the disk were full.
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit little{1000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &little);
    const std::string outcome = dump("rib");
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_THAT(outcome, AllOf(HasSubstr("cannot write"), HasSubstr("File too large")));
    EXPECT_THAT(files(), ElementsAre("rib")) << "nothing half done remains";
    EXPECT_EQ(fs::file_size(folder_ / "rib"), 3U);
    EXPECT_EQ(recorder_->state().files(0).failures(), 2U);
    EXPECT_EQ(recorder_->state().files(0).last_error(), outcome);
    EXPECT_EQ(dump("rib"), "3001 records");
    EXPECT_EQ(recorder_->state().files(0).last_error(), "");
}

// 4096 prefixes a turn: sessions come, go and change between the turns.
TEST_F(Recording, ADumpGoesOnWhileSessionsFlap) {
    start(config());
    first_.establish(desk_.acceptor());
    announce_many(first_, 12000);
    record();
    std::string outcome;
    recorder_->dump(folder_ / "rib", [&](const Result<ipc::MrtWritten>& written) {
        outcome = written ? "written" : written.error().message;
    });
    EXPECT_EQ(outcome, "") << "not at once";
    EXPECT_THAT(files(), ElementsAre(".rib.partial"));
    // Behind the first portions, before the next ones.
    world_.post([this] {
        first_.vanish();
        second_.establish(desk_.acceptor());
        for (unsigned number = 0; number < 12000; ++number) {
            second_.announce(Prefix::covering(IpAddress::v4(0xac100000 + (number << 8U)), 24));
        }
    });
    settle();
    EXPECT_EQ(outcome, "written");
    EXPECT_THAT(files(), ElementsAre("rib"));
    // Whoever has come since the begin is not in the index, so no path of his may be there.
    std::size_t prefixes = 0;
    for (const MrtRecord& record : read("rib")) {
        if (record.subtype != 2) continue;
        ++prefixes;
        ByteReader entry(record.body);
        entry.take(4 + 1 + 3);
        ASSERT_EQ(entry.u16(), 1U);
        ASSERT_EQ(entry.u16(), 1U);
    }
    EXPECT_GE(prefixes, 4096U) << "a portion before that";
    EXPECT_LT(prefixes, 12000U) << "and not all of what has gone meanwhile";
}

TEST_F(Recording, WhatIsReceivedIsInTheFileOfItsTime) {
    start(config());
    record({std::nullopt, monitoring::MrtSchedule{folder_ / "updates.%H%M", Seconds{600}}});
    world_.run(Seconds{1});
    first_.establish(desk_.acceptor());
    first_.announce(prefix("172.20.2.0/24"));
    first_.say(bgp::encode(bgp::Keepalive{}));
    EXPECT_THAT(files(), ElementsAre(".updates.0000.partial"));
    world_.run(Seconds{2});
    EXPECT_GT(fs::file_size(folder_ / ".updates.0000.partial"), 0U) << "to be looked at";
    world_.run(Seconds{600});
    EXPECT_THAT(files(), ElementsAre(".updates.0010.partial", "updates.0000"));
    recorder_.reset();
    EXPECT_THAT(files(), ElementsAre("updates.0000", "updates.0010"));
    std::vector<std::string> kinds;
    for (const MrtRecord& record : read("updates.0000")) {
        ASSERT_EQ(record.type, 17U);
        ByteReader body(record.body);
        body.take(4 + 4 + 4 + 2 + 2 + 8);
        if (record.subtype != 5) {
            kinds.push_back(fmt::format("message of {}", record.subtype));
            continue;
        }
        const unsigned before = body.u16();
        kinds.push_back(fmt::format("{} -> {}", before, body.u16()));
    }
    EXPECT_THAT(kinds, ElementsAre("5 -> 6", "message of 4", "6 -> 1")) << "its hold timer expired";
}

TEST_F(Recording, AnEndOfBgpEndsADump) {
    start(config());
    first_.establish(desk_.acceptor());
    announce_many(first_, 9000);
    record();
    std::string outcome;
    recorder_->dump(folder_ / "rib", [&](const Result<ipc::MrtWritten>& written) {
        outcome = written ? "written" : written.error().message;
    });
    recorder_.reset();
    EXPECT_EQ(outcome, "BGP has ended");
    EXPECT_THAT(files(), IsEmpty());
}

}  // namespace
}  // namespace torii::sim
