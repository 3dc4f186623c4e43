#include "platform/runtime/event_loop.h"

#include "tests/unit/platform/run_until.h"

#include <gmock/gmock.h>

#include <csignal>
#include <thread>
#include <unistd.h>
#include <vector>

namespace torii {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

TEST(EventLoop, CallsComeInTheOrderOfTheirTimes) {
    EventLoop loop;
    std::vector<int> calls;
    const Timer late = loop.after(milliseconds(20), [&] { calls.push_back(3); });
    const Timer early = loop.after(milliseconds(5), [&] { calls.push_back(2); });
    loop.post([&] { calls.push_back(1); });
    ASSERT_TRUE(run_until(loop, [&] { return calls.size() == 3; }));
    EXPECT_THAT(calls, ElementsAre(1, 2, 3));
}

TEST(EventLoop, ADroppedTimerDoesNotCall) {
    EventLoop loop;
    bool called = false;
    bool marker = false;
    {
        const Timer dropped = loop.after(milliseconds(1), [&] { called = true; });
    }
    const Timer after = loop.after(milliseconds(10), [&] { marker = true; });
    ASSERT_TRUE(run_until(loop, [&] { return marker; }));
    EXPECT_FALSE(called);
}

TEST(EventLoop, ACallMayReplaceItsOwnTimer) {
    EventLoop loop;
    int count = 0;
    Timer timer;
    std::function<void()> again = [&] {
        if (++count < 3) timer = loop.after(milliseconds(1), again);
    };
    timer = loop.after(milliseconds(1), again);
    EXPECT_TRUE(run_until(loop, [&] { return count == 3; }));
}

TEST(EventLoop, PostsComeFromOtherThreadsAndWakeTheLoop) {
    EventLoop loop;
    std::thread other([&] { loop.post([&] { loop.stop(); }); });
    loop.run();
    other.join();
}

TEST(EventLoop, TellsAsLongAsADescriptorCanBeRead) {
    EventLoop loop;
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    std::string read;
    Timer watch = loop.watch_readable(ends[0], [&] {
        char octet = 0;
        // One octet a call: what is left must make the next call come.
        if (::read(ends[0], &octet, 1) == 1) read += octet;
    });
    ASSERT_EQ(::write(ends[1], "abc", 3), 3);
    ASSERT_TRUE(run_until(loop, [&] { return read == "abc"; }));
    watch.reset();
    ASSERT_EQ(::write(ends[1], "d", 1), 1);
    bool marker = false;
    const Timer after = loop.after(milliseconds(5), [&] { marker = true; });
    ASSERT_TRUE(run_until(loop, [&] { return marker; }));
    EXPECT_EQ(read, "abc");
    // The descriptor stayed ours.
    EXPECT_EQ(::close(ends[0]), 0);
    EXPECT_EQ(::close(ends[1]), 0);
}

TEST(EventLoop, ACallMayDropItsOwnWatch) {
    EventLoop loop;
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    int calls = 0;
    Timer watch;
    watch = loop.watch_readable(ends[0], [&] {
        ++calls;
        watch.reset();
    });
    ASSERT_EQ(::write(ends[1], "a", 1), 1);
    bool marker = false;
    const Timer after = loop.after(milliseconds(10), [&] { marker = true; });
    ASSERT_TRUE(run_until(loop, [&] { return marker; }));
    EXPECT_EQ(calls, 1);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST(EventLoop, TerminationIsACallOnTheLoop) {
    EventLoop loop;
    bool asked = false;
    loop.on_terminate([&] { asked = true; });
    ASSERT_EQ(::raise(SIGTERM), 0);
    EXPECT_TRUE(run_until(loop, [&] { return asked; }));
}

}  // namespace
}  // namespace torii
