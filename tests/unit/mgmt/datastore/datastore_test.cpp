#include "mgmt/datastore/datastore.h"

#include "mgmt/datastore/durable_file.h"

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
    [[nodiscard]] Datastore open() const { return *Datastore::open(schema(), file_); }

    static void set(Datastore& store, const std::string& line) {
        std::istringstream stream(line);
        const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
        const auto done = store.set(words);
        ASSERT_TRUE(done) << done.error().text();
    }
    static Result<void> commit(Datastore& store, const std::string& comment = "") {
        auto valid = store.validated();
        if (!valid) return fail("{}", valid.error().front().text());
        return store.accept(std::move(*valid), store.next_version(), 1795399504, comment);
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
};

TEST_F(DatastoreTest, NoFileReadsAsEmptyAndTheFirstCommitMakesIt) {
    auto store = open();
    EXPECT_THAT(store.running().set_commands(), ElementsAre());
    set(store, "system hostname r1");
    EXPECT_TRUE(store.changed());
    EXPECT_EQ(text(), "(no file)") << "a candidate is not saved";
    ASSERT_TRUE(commit(store));
    EXPECT_FALSE(store.changed());
    EXPECT_THAT(open().running().set_commands(), ElementsAre("set system hostname r1"));
}

TEST_F(DatastoreTest, CommitsAreCountedOnAcrossRestarts) {
    auto store = open();
    set(store, "system hostname r1");
    ASSERT_TRUE(commit(store, "first"));
    const auto version = store.version();
    auto again = open();
    EXPECT_EQ(again.version(), version);
    set(again, "system hostname r2");
    ASSERT_TRUE(commit(again));
    EXPECT_GT(again.version(), version);
    ASSERT_GE(again.commits().size(), 2U);
    EXPECT_EQ(again.commits()[1].comment, "first");
}

TEST_F(DatastoreTest, RollbackLoadsAnEarlierCommitIntoTheCandidateOnly) {
    auto store = open();
    set(store, "system hostname r1");
    ASSERT_TRUE(commit(store));
    set(store, "system hostname r2");
    ASSERT_TRUE(commit(store));
    ASSERT_TRUE(store.rollback(1));
    EXPECT_THAT(store.running().set_commands(), ElementsAre("set system hostname r2"));
    EXPECT_THAT(store.differences(), ElementsAre(Difference{false, "set system hostname r2"},
                                                 Difference{true, "set system hostname r1"}));
    ASSERT_TRUE(commit(store));
    EXPECT_THAT(store.running().set_commands(), ElementsAre("set system hostname r1"));
    const auto none = store.rollback(99);
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().message, HasSubstr("show history lists 0 to"));
}

TEST_F(DatastoreTest, DiscardReturnsToRunning) {
    auto store = open();
    set(store, "system hostname r1");
    store.discard();
    EXPECT_THAT(store.differences(), ElementsAre());
    EXPECT_FALSE(store.changed());
}

TEST_F(DatastoreTest, AnInvalidCandidateNamesEveryProblemAndCanStillBeShown) {
    auto store = open();
    set(store, "bgp neighbor 192.0.2.1 peer-group NONE");
    set(store, "interface eth9 description x");
    const auto valid = store.validated();
    ASSERT_FALSE(valid);
    EXPECT_GE(valid.error().size(), 2U);
    EXPECT_THAT(store.candidate().set_commands(),
                ElementsAre("set interface eth9 description x",
                            "set bgp neighbor 192.0.2.1 peer-group NONE"));
    EXPECT_THAT(store.running().set_commands(), ElementsAre());
}

TEST_F(DatastoreTest, AFullDiskLosesNothing) {
    auto store = open();
    set(store, "system hostname r1");
    ASSERT_TRUE(commit(store));
    const std::string before = text();
    const auto files_before = files();
    const auto version = store.version();
    set(store, "system hostname r2");
    {
        const FullDisk full(16);
        const auto saved = commit(store);
        ASSERT_FALSE(saved);
        EXPECT_THAT(saved.error().message, HasSubstr("cannot write"));
    }
    EXPECT_EQ(text(), before);
    EXPECT_EQ(files(), files_before) << "nothing half written is left";
    EXPECT_EQ(store.version(), version);
    EXPECT_THAT(store.running().set_commands(), ElementsAre("set system hostname r1"));
    EXPECT_THAT(store.candidate().set_commands(), ElementsAre("set system hostname r2"));
    EXPECT_TRUE(commit(store)) << "with room again the same commit works";
    EXPECT_THAT(open().running().set_commands(), ElementsAre("set system hostname r2"));
}

TEST_F(DatastoreTest, AFileThatCannotBeWrittenChangesNothing) {
    auto store = open();
    set(store, "system hostname r1");
    ASSERT_TRUE(commit(store));
    const std::string before = text();
    set(store, "system hostname r2");
    // The history entry is written by then, the file beside it cannot be.
    std::filesystem::create_directory(file_ + ".partial");
    EXPECT_FALSE(commit(store));
    EXPECT_EQ(text(), before);
    EXPECT_EQ(store.commits().size(), open().commits().size());
}

TEST_F(DatastoreTest, ABrokenFileFallsBackToTheNewestGoodCommit) {
    auto store = open();
    set(store, "system hostname r1");
    ASSERT_TRUE(commit(store));
    for (const char* broken : {"", "{\"torii-system:system\":{\"host", R"({"nonsense":1})"}) {
        write(broken);
        const auto fallen = open();
        EXPECT_THAT(fallen.running().set_commands(), ElementsAre("set system hostname r1"))
            << broken;
        ASSERT_EQ(fallen.warnings().size(), 1U);
        EXPECT_THAT(fallen.warnings()[0], HasSubstr("router.json"));
    }
    std::filesystem::remove(file_);
    EXPECT_THAT(open().running().set_commands(), ElementsAre("set system hostname r1"));
}

TEST_F(DatastoreTest, ABrokenFileWithoutHistoryIsAnError) {
    write(R"({"nonsense":1})");
    const auto store = Datastore::open(schema(), file_);
    ASSERT_FALSE(store);
    EXPECT_THAT(store.error().message, HasSubstr("\"nonsense\" is not known"));
}

TEST_F(DatastoreTest, AFileChangedByHandIsANewCommit) {
    auto store = open();
    set(store, "system hostname r1");
    ASSERT_TRUE(commit(store));
    write(R"({"torii-system:system":{"hostname":"byhand"}})");
    auto again = open();
    EXPECT_EQ(again.version(), store.version() + 1);
    EXPECT_EQ(again.commits().front().through, "start");
    ASSERT_TRUE(again.rollback(1));
    EXPECT_THAT(again.candidate().set_commands(), ElementsAre("set system hostname r1"));
}

TEST_F(DatastoreTest, HistoryKeepsFiftyCommits) {
    auto store = open();
    for (int index = 0; index < 60; ++index) {
        set(store, "system hostname r" + std::to_string(index));
        ASSERT_TRUE(commit(store));
    }
    EXPECT_EQ(open().commits().size(), 50U);
    ASSERT_TRUE(store.rollback(49));
    EXPECT_THAT(store.candidate().set_commands(), ElementsAre("set system hostname r10"));
}

TEST_F(DatastoreTest, AnUnreadableHistoryEntryStopsNothing) {
    auto store = open();
    set(store, "system hostname r1");
    ASSERT_TRUE(commit(store));
    std::ofstream(file_ + ".history/00000099.json") << "garbage";
    auto again = open();
    EXPECT_THAT(again.running().set_commands(), ElementsAre("set system hostname r1"));
    EXPECT_GT(again.next_version(), 99U) << "its number is not used again";
}

TEST_F(DatastoreTest, ASecretIsOnTheDiskAndNowhereElse) {
    write(R"({"torii-bgp:bgp": {"as": 65000, "router-id": "10.0.0.1"}})");
    Datastore store = open();
    const auto commit = [&](const std::string& line) {
        set(store, line);
        const auto differences = store.differences();
        EXPECT_TRUE(store.accept(*store.validated(), store.next_version(), 1, "").has_value());
        return differences;
    };
    set(store, "bgp neighbor 10.0.0.2 remote-as 65001");
    EXPECT_THAT(commit("bgp neighbor 10.0.0.2 password canary-1"),
                testing::Contains(Difference{true, "set bgp neighbor 10.0.0.2 password <secret>"}));
    // Another secret is a change, although both look the same.
    EXPECT_THAT(commit("bgp neighbor 10.0.0.2 password canary-2"),
                ElementsAre(Difference{false, "set bgp neighbor 10.0.0.2 password <secret>"},
                            Difference{true, "set bgp neighbor 10.0.0.2 password <secret>"}));
    EXPECT_THAT(text(), HasSubstr("canary-2"));
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
        if (!entry.is_regular_file() || entry.path() == file_) continue;
        EXPECT_EQ(entry.status().permissions(), std::filesystem::perms{0600}) << entry.path();
    }
    EXPECT_EQ(std::filesystem::status(file_).permissions(), std::filesystem::perms{0600});
    ASSERT_TRUE(store.rollback(1).has_value());
    EXPECT_THAT(yang::Configuration(store.candidate()).json(), HasSubstr("canary-1"))
        << "the history keeps it";
}

}  // namespace
}  // namespace torii::datastore
