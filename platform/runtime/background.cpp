#include "platform/runtime/background.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace torii {
namespace {

struct Piece {
    std::function<void()> work;
    std::function<void()> done;
};
using PiecePtr = std::shared_ptr<Piece>;

}  // namespace

struct BackgroundThread::Parts : std::enable_shared_from_this<BackgroundThread::Parts> {
    explicit Parts(EventLoop& event_loop) : loop(event_loop) {}

    void serve() {
        std::unique_lock lock(mutex);
        while (true) {
            changed.wait(lock, [this] { return ended || !waiting.empty(); });
            if (ended) return;
            // It stays in the list, so that its last owner is the loop's thread.
            Piece* piece = waiting.front().get();
            lock.unlock();
            piece->work();
            lock.lock();
            if (ended) return;
            finished.push_back(std::move(waiting.front()));
            waiting.pop_front();
            loop.post([self = weak_from_this()] {
                if (const auto parts = self.lock()) parts->finish_one();
            });
        }
    }

    void finish_one() {
        PiecePtr piece;
        {
            const std::lock_guard lock(mutex);
            if (ended) return;
            piece = std::move(finished.front());
            finished.pop_front();
        }
        piece->done();
    }

    EventLoop& loop;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<PiecePtr> waiting;
    std::deque<PiecePtr> finished;
    bool ended = false;
    std::thread thread;
};

BackgroundThread::BackgroundThread(EventLoop& loop) : parts_(std::make_shared<Parts>(loop)) {
    parts_->thread = std::thread([parts = parts_.get()] { parts->serve(); });
}

BackgroundThread::~BackgroundThread() {
    {
        const std::lock_guard lock(parts_->mutex);
        parts_->ended = true;
    }
    parts_->changed.notify_one();
    parts_->thread.join();
}

void BackgroundThread::run(std::function<void()> work, std::function<void()> done) {
    {
        const std::lock_guard lock(parts_->mutex);
        parts_->waiting.push_back(std::make_shared<Piece>(Piece{std::move(work), std::move(done)}));
    }
    parts_->changed.notify_one();
}

}  // namespace torii
