#include "agent/kube/folder_watch.h"

#include "platform/base/log.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/inotify.h>
#include <unistd.h>
#include <utility>

namespace torii::kube {
namespace {

constexpr Log kLog("manifests");
constexpr Duration kPatience = std::chrono::seconds(2);  // with a folder that is never quiet
constexpr Duration kRetryTime = std::chrono::seconds(1);

// A file is complete when its writer closes it or moves it here; `..data` of a ConfigMap mount is
// moved, too.
constexpr std::uint32_t kComplete =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_Q_OVERFLOW;
// Somebody is at work: wait for the end of it.
constexpr std::uint32_t kUnderWay = IN_MODIFY | IN_CREATE;
constexpr std::uint32_t kFolderGone = IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT;

}  // namespace

Result<std::unique_ptr<FolderWatch>> FolderWatch::start(EventLoop& loop, const std::string& folder,
                                                        std::function<void()> changed) {
    const int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0) return fail("cannot watch folders: {}", std::strerror(errno));
    std::unique_ptr<FolderWatch> watch(
        new FolderWatch(loop, folder, std::move(changed), descriptor));
    if (!watch->add_watch()) {
        return fail("cannot watch folder {}: {}", folder, std::strerror(errno));
    }
    return watch;
}

FolderWatch::FolderWatch(EventLoop& loop, std::string folder, std::function<void()> changed,
                         int descriptor)
    : loop_(loop),
      folder_(std::move(folder)),
      changed_(std::move(changed)),
      descriptor_(descriptor),
      readable_(loop.watch_readable(descriptor, [this] { receive(); })) {}

FolderWatch::~FolderWatch() {
    readable_.reset();  // before the descriptor goes
    close(descriptor_);
}

bool FolderWatch::add_watch() {
    const std::uint32_t events =
        (kComplete & ~std::uint32_t{IN_Q_OVERFLOW}) | kUnderWay | IN_DELETE_SELF | IN_MOVE_SELF;
    return inotify_add_watch(descriptor_, folder_.c_str(), events | IN_ONLYDIR) >= 0;
}

void FolderWatch::receive() {
    alignas(inotify_event) std::array<char, 16384> buffer;
    std::uint32_t seen = 0;
    while (true) {
        const ssize_t length = read(descriptor_, buffer.data(), buffer.size());
        if (length <= 0) break;
        for (std::size_t offset = 0; offset < static_cast<std::size_t>(length);) {
            inotify_event event;
            std::memcpy(&event, buffer.data() + offset, sizeof(event));
            seen |= event.mask;
            offset += sizeof(event) + event.len;
        }
    }
    if ((seen & kFolderGone) != 0) follow_folder();
    if ((seen & (kComplete | kUnderWay)) != 0) notice((seen & kComplete) != 0);
}

void FolderWatch::notice(bool complete) {
    if (!pending_ && !complete) return;
    if (!pending_) pending_since_ = loop_.now();
    pending_ = true;
    if (loop_.now() - pending_since_ > kPatience) return;  // the timer under way shall fire
    quiet_ = loop_.after(kQuietTime, [this] {
        pending_ = false;
        changed_();
    });
}

// What was read from the folder stays in force while it is gone.
void FolderWatch::follow_folder() {
    retry_ = loop_.after(kRetryTime, [this] {
        if (!add_watch()) return follow_folder();
        kLog.info("watching again folder={}", folder_);
        notice(true);
    });
}

}  // namespace torii::kube
