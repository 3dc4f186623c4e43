#include "mgmt/datastore/datastore.h"

#include "mgmt/datastore/candidate.h"
#include "platform/base/durable_file.h"
#include "tests/support/manual_moment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

namespace torii::datastore {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const yang::Schema& schema() {
    static const yang::Schema loaded = *yang::Schema::load(TORII_YANG_DIR);
    return loaded;
}

// No file of this process may grow beyond `octets`: what a full disk looks like to write(2).
class FullDisk {
public:
    explicit FullDisk(rlim_t octets) {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit small{octets, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_{};
};

// A datastore and one who writes.
struct Desk {
    explicit Desk(Datastore opened)
        : store(std::move(opened)), candidate(schema(), store.image()->document, store.version()) {}

    [[nodiscard]] Result<ImagePtr, yang::Problems> validated() const {
        return make_image(schema(), *candidate.document());
    }
    Result<void> rollback(std::size_t back) {
        const auto commit = store.commit_before(back);
        if (!commit) return unexpected(commit.error());
        candidate.replace(**store.document_of_commit(*commit));
        return {};
    }
    [[nodiscard]] std::vector<std::string> running() const {
        return store.running().set_commands();
    }

    Datastore store;
    Candidate candidate;
};

class DatastoreTest : public testing::Test {
protected:
    DatastoreTest() {
        std::string pattern = std::filesystem::temp_directory_path() / "torii-datastore-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        file_ = folder_ + "/router.json";
    }
    ~DatastoreTest() override { std::filesystem::remove_all(folder_); }
    DatastoreTest(const DatastoreTest&) = delete;
    DatastoreTest& operator=(const DatastoreTest&) = delete;

    void write(const std::string& text) const { std::ofstream(file_) << text; }
    [[nodiscard]] std::string text() const { return read_text(file_)->value_or("(no file)"); }
    [[nodiscard]] Desk open() const { return Desk(*Datastore::open(schema(), file_, moment_)); }

    static void set(Desk& desk, const std::string& line) {
        std::istringstream stream(line);
        const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
        const auto done = desk.candidate.set(words);
        ASSERT_TRUE(done) << done.error().text();
    }
    static Result<void> commit(Desk& desk, const std::string& comment = "") {
        const auto valid = desk.validated();
        if (!valid) return fail("{}", valid.error().front().text());
        const auto done = save(desk, {*valid, next(desk, comment), std::nullopt});
        if (done) desk.candidate.reset(desk.store.image()->document, desk.store.version());
        return done;
    }
    static Result<void> save(Desk& desk, const Save& what) {
        auto done = desk.store.write(what);
        if (done) desk.store.take(what);
        return done;
    }
    static Result<void> confirm(Desk& desk) { return save(desk, desk.store.again(std::nullopt)); }
    static Commit next(const Desk& desk, const std::string& comment = "") {
        return {desk.store.next_version(), 1795399504, "ann", "cli", comment, 1};
    }
    Result<void> commit_unconfirmed(Desk& desk, std::chrono::seconds within) const {
        Unconfirmed terms;
        terms.commit = desk.store.next_version();
        terms.boot_id = moment_.boot_id();
        terms.deadline = moment_.since_boot() + within;
        terms.user = "ann";
        Commit commit = next(desk);
        commit.confirmed = false;
        return save(desk, {*desk.validated(), commit, terms});
    }
    // Every regular file below the folder, by name.
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> out;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
            if (entry.is_regular_file()) out.push_back(entry.path().filename());
        }
        std::ranges::sort(out);
        return out;
    }

    std::string folder_;
    std::string file_;
    test::ManualMoment moment_;
};

TEST_F(DatastoreTest, NoFileReadsAsEmptyAndTheFirstCommitMakesIt) {
    auto desk = open();
    EXPECT_THAT(desk.running(), ElementsAre());
    set(desk, "system hostname r1");
    EXPECT_TRUE(desk.candidate.changed());
    EXPECT_EQ(text(), "(no file)") << "a candidate is not saved";
    ASSERT_TRUE(commit(desk));
    EXPECT_FALSE(desk.candidate.changed());
    EXPECT_THAT(open().running(), ElementsAre("set system hostname r1"));
}

TEST_F(DatastoreTest, CommitsAreCountedOnAcrossRestarts) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit(desk, "first"));
    const auto version = desk.store.version();
    auto again = open();
    EXPECT_EQ(again.store.version(), version);
    set(again, "system hostname r2");
    ASSERT_TRUE(commit(again));
    EXPECT_GT(again.store.version(), version);
    ASSERT_GE(again.store.commits().size(), 2U);
    EXPECT_EQ(again.store.commits()[1].comment, "first");
}

TEST_F(DatastoreTest, RollbackLoadsAnEarlierCommitIntoTheCandidateOnly) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit(desk));
    set(desk, "system hostname r2");
    ASSERT_TRUE(commit(desk));
    ASSERT_TRUE(desk.rollback(1));
    EXPECT_THAT(desk.running(), ElementsAre("set system hostname r2"));
    EXPECT_THAT(desk.candidate.differences(),
                ElementsAre(Difference{false, "set system hostname r2"},
                            Difference{true, "set system hostname r1"}));
    ASSERT_TRUE(commit(desk));
    EXPECT_THAT(desk.running(), ElementsAre("set system hostname r1"));
    const auto none = desk.rollback(99);
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().message, HasSubstr("show system commit lists 0 to"));
}

TEST_F(DatastoreTest, DiscardReturnsToRunning) {
    auto desk = open();
    set(desk, "system hostname r1");
    desk.candidate.reset(desk.store.image()->document, desk.store.version());
    EXPECT_THAT(desk.candidate.differences(), ElementsAre());
    EXPECT_FALSE(desk.candidate.changed());
}

TEST_F(DatastoreTest, AnInvalidCandidateNamesEveryProblemAndCanStillBeShown) {
    auto desk = open();
    set(desk, "bgp neighbor 192.0.2.1 peer-group NONE");
    set(desk, "interface eth9 description x");
    const auto valid = desk.validated();
    ASSERT_FALSE(valid);
    EXPECT_GE(valid.error().size(), 2U);
    EXPECT_THAT(desk.candidate.draft().set_commands(),
                ElementsAre("set interface eth9 description x",
                            "set bgp neighbor 192.0.2.1 peer-group NONE"));
    EXPECT_THAT(desk.running(), ElementsAre());
}

TEST_F(DatastoreTest, AFullDiskLosesNothing) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit(desk));
    const std::string before = text();
    const auto files_before = files();
    const auto version = desk.store.version();
    set(desk, "system hostname r2");
    {
        const FullDisk full(16);
        const auto saved = commit(desk);
        ASSERT_FALSE(saved);
        EXPECT_THAT(saved.error().message, HasSubstr("cannot write"));
    }
    EXPECT_EQ(text(), before);
    EXPECT_EQ(files(), files_before) << "nothing half written is left";
    EXPECT_EQ(desk.store.version(), version);
    EXPECT_THAT(desk.running(), ElementsAre("set system hostname r1"));
    EXPECT_THAT(desk.candidate.draft().set_commands(), ElementsAre("set system hostname r2"));
    EXPECT_TRUE(commit(desk)) << "with room again the same commit works";
    EXPECT_THAT(open().running(), ElementsAre("set system hostname r2"));
}

TEST_F(DatastoreTest, AFileThatCannotBeWrittenChangesNothing) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit(desk));
    const std::string before = text();
    set(desk, "system hostname r2");
    // The history entry is written by then, the file beside it cannot be.
    std::filesystem::create_directory(file_ + ".partial");
    EXPECT_FALSE(commit(desk));
    EXPECT_EQ(text(), before);
    EXPECT_EQ(desk.store.commits().size(), open().store.commits().size());
}

TEST_F(DatastoreTest, ABrokenFileFallsBackToTheNewestGoodCommit) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit(desk));
    for (const char* broken : {"", "{\"torii-system:system\":{\"host", R"({"nonsense":1})"}) {
        write(broken);
        const auto fallen = open();
        EXPECT_THAT(fallen.running(), ElementsAre("set system hostname r1")) << broken;
        ASSERT_EQ(fallen.store.warnings().size(), 1U);
        EXPECT_THAT(fallen.store.warnings()[0], HasSubstr("router.json"));
    }
    std::filesystem::remove(file_);
    EXPECT_THAT(open().running(), ElementsAre("set system hostname r1"));
}

TEST_F(DatastoreTest, ABrokenFileWithoutHistoryIsAnError) {
    write(R"({"nonsense":1})");
    const auto store = Datastore::open(schema(), file_);
    ASSERT_FALSE(store);
    EXPECT_THAT(store.error().message, HasSubstr("\"nonsense\" is not known"));
}

TEST_F(DatastoreTest, AFileChangedByHandIsANewCommit) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit(desk));
    write(R"({"torii-system:system":{"hostname":"byhand"}})");
    auto again = open();
    EXPECT_EQ(again.store.version(), desk.store.version() + 1);
    EXPECT_EQ(again.store.commits().front().through, "boot");
    ASSERT_TRUE(again.rollback(1));
    EXPECT_THAT(again.candidate.draft().set_commands(), ElementsAre("set system hostname r1"));
}

TEST_F(DatastoreTest, HistoryKeepsFiftyCommits) {
    auto desk = open();
    for (int index = 0; index < 60; ++index) {
        set(desk, "system hostname r" + std::to_string(index));
        ASSERT_TRUE(commit(desk));
    }
    EXPECT_EQ(open().store.commits().size(), 50U);
    ASSERT_TRUE(desk.rollback(49));
    EXPECT_THAT(desk.candidate.draft().set_commands(), ElementsAre("set system hostname r10"));
}

TEST_F(DatastoreTest, AnUnreadableHistoryEntryStopsNothing) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit(desk));
    std::ofstream(file_ + ".history/00000099.json") << "garbage";
    auto again = open();
    EXPECT_THAT(again.running(), ElementsAre("set system hostname r1"));
    EXPECT_GT(again.store.next_version(), 99U) << "its number is not used again";
}

TEST_F(DatastoreTest, ASecretIsOnTheDiskAndNowhereElse) {
    write(R"({"torii-bgp:bgp": {"as": 65000, "router-id": "10.0.0.1"}})");
    auto desk = open();
    const auto commit_line = [&](const std::string& line) {
        set(desk, line);
        const auto differences = desk.candidate.differences();
        EXPECT_TRUE(commit(desk).has_value());
        return differences;
    };
    set(desk, "bgp neighbor 10.0.0.2 remote-as 65001");
    EXPECT_THAT(commit_line("bgp neighbor 10.0.0.2 password canary-1"),
                testing::Contains(Difference{true, "set bgp neighbor 10.0.0.2 password <secret>"}));
    // Another secret is a change, although both look the same.
    EXPECT_THAT(commit_line("bgp neighbor 10.0.0.2 password canary-2"),
                ElementsAre(Difference{false, "set bgp neighbor 10.0.0.2 password <secret>"},
                            Difference{true, "set bgp neighbor 10.0.0.2 password <secret>"}));
    EXPECT_THAT(text(), HasSubstr("canary-2"));
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
        if (!entry.is_regular_file() || entry.path() == file_) continue;
        EXPECT_EQ(entry.status().permissions(), std::filesystem::perms{0600}) << entry.path();
    }
    EXPECT_EQ(std::filesystem::status(file_).permissions(), std::filesystem::perms{0600});
    ASSERT_TRUE(desk.rollback(1).has_value());
    EXPECT_THAT(desk.candidate.draft().json(), HasSubstr("canary-1")) << "the history keeps it";
}

TEST_F(DatastoreTest, WhatIsStoredSaysTheReleaseOfItsModel) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit(desk));
    EXPECT_THAT(text(), HasSubstr(R"("torii:document": {"release": 1})"));
    EXPECT_EQ(open().store.version(), desk.store.version()) << "it is the same document";
}

TEST_F(DatastoreTest, AFileOfALaterReleaseIsLeftAloneAndTheLastGoodCommitTaken) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit(desk));
    const std::string later = R"({"torii:document":{"release":999},"torii-new:things":{}})";
    write(later);
    auto again = open();
    EXPECT_THAT(again.running(), ElementsAre("set system hostname r1"));
    ASSERT_EQ(again.store.warnings().size(), 1U);
    EXPECT_THAT(again.store.warnings()[0], HasSubstr("written by a later release (model 999"));
    EXPECT_EQ(text(), later) << "nothing is written before somebody commits";
    set(again, "system hostname r2");
    ASSERT_TRUE(commit(again));
    EXPECT_EQ(read_text(file_ + ".rejected")->value_or(""), later) << "and then it is kept";
}

TEST_F(DatastoreTest, AFileLargerThanAnyConfigurationIsNotReadToItsEnd) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit(desk));
    std::filesystem::resize_file(file_, 100 << 20);
    const auto again = open();
    EXPECT_THAT(again.running(), ElementsAre("set system hostname r1"));
    EXPECT_THAT(again.store.warnings().at(0), HasSubstr("larger than 64 MB"));
}

TEST_F(DatastoreTest, AnUnconfirmedCommitRunsButIsNotWhatTheRouterStartsWith) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit(desk));
    const std::string before = text();
    set(desk, "system hostname r2");
    ASSERT_TRUE(commit_unconfirmed(desk, std::chrono::seconds(60)));
    EXPECT_THAT(desk.running(), ElementsAre("set system hostname r2"));
    EXPECT_EQ(text(), before);
    const auto restarted = open();
    EXPECT_THAT(restarted.running(), ElementsAre("set system hostname r2"))
        << "mgmtd was away for a moment only";
    EXPECT_EQ(restarted.store.unconfirmed()->commit, desk.store.version());
    EXPECT_EQ(restarted.store.version(), desk.store.version());
}

TEST_F(DatastoreTest, APowerFailureDropsAnUnconfirmedCommit) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit(desk));
    set(desk, "system hostname r2");
    ASSERT_TRUE(commit_unconfirmed(desk, std::chrono::seconds(60)));
    moment_.start_machine_again();
    auto again = open();
    EXPECT_THAT(again.running(), ElementsAre("set system hostname r1"));
    EXPECT_FALSE(again.store.unconfirmed());
    EXPECT_EQ(again.store.commits().front().through, "boot");
    EXPECT_THAT(again.store.commits().front().comment,
                HasSubstr(fmt::format("commit {} was not confirmed", desk.store.version())));
    ASSERT_TRUE(again.rollback(1)) << "what was lost can still be loaded";
    EXPECT_THAT(again.candidate.draft().set_commands(), ElementsAre("set system hostname r2"));
    EXPECT_EQ(open().store.version(), again.store.version()) << "it is noted once";
}

TEST_F(DatastoreTest, AnOverdueCommitIsDroppedAtTheStart) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit_unconfirmed(desk, std::chrono::seconds(60)));
    moment_.advance(std::chrono::seconds(60));
    EXPECT_THAT(open().running(), ElementsAre());
}

TEST_F(DatastoreTest, AConfirmedCommitIsWhatTheRouterStartsWith) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit_unconfirmed(desk, std::chrono::seconds(60)));
    const auto version = desk.store.version();
    ASSERT_TRUE(confirm(desk));
    moment_.start_machine_again();
    const auto again = open();
    EXPECT_THAT(again.running(), ElementsAre("set system hostname r1"));
    EXPECT_EQ(again.store.version(), version);
    EXPECT_EQ(again.store.commits().front().user, "ann");
}

TEST_F(DatastoreTest, AConfirmationThatCannotBeWrittenLeavesTheCommitWaiting) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit_unconfirmed(desk, std::chrono::seconds(60)));
    {
        const FullDisk full(16);
        EXPECT_FALSE(confirm(desk));
    }
    EXPECT_TRUE(desk.store.unconfirmed());
    EXPECT_TRUE(confirm(desk)) << "with room again it works";
}

TEST_F(DatastoreTest, AFullDiskRefusesAnUnconfirmedCommit) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit(desk));
    set(desk, "system hostname r2");
    const auto files_before = files();
    {
        const FullDisk full(16);
        EXPECT_FALSE(commit_unconfirmed(desk, std::chrono::seconds(60)));
    }
    EXPECT_EQ(files(), files_before);
    EXPECT_THAT(desk.running(), ElementsAre("set system hostname r1"));
}

TEST_F(DatastoreTest, ACommitOnTopConfirmsTheOneThatWaits) {
    auto desk = open();
    set(desk, "system hostname r1");
    ASSERT_TRUE(commit_unconfirmed(desk, std::chrono::seconds(60)));
    set(desk, "system hostname r2");
    ASSERT_TRUE(commit(desk));
    moment_.start_machine_again();
    EXPECT_THAT(open().running(), ElementsAre("set system hostname r2"));
}

}  // namespace
}  // namespace torii::datastore
