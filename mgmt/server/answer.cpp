#include "mgmt/server/answer.h"

#include "platform/ipc/framing.h"

#include <fmt/format.h>

#include <utility>

namespace torii::mgmt {
namespace {

// What fits into one frame with the rest of a reply.
constexpr std::size_t kTextMax = ipc::kFrameSizeMax - 4096;

}  // namespace

void AnswerSlot::put(std::shared_ptr<Answer> answer, Role role) {
    reset();
    answer_ = std::move(answer);
    role_ = role;
}

void AnswerSlot::reset() {
    if (answer_) answer_->stop();
    answer_.reset();
}

void Answer::take(Output output) {
    if (!give_) return;
    if (output.status == 0) output.text = chain_.feed(std::move(output.text));
    const auto more = std::exchange(output.more, nullptr);
    if (output.status == 0 && !more) output.text += chain_.finish();
    if (output.text.size() > kTextMax) {
        output = failure(fmt::format("the answer has {} MB: add | match or | count",
                                     output.text.size() / 1'000'000));
    } else if (output.status == 0 && more) {
        if (output.text.empty()) return ask(more);
        more_ = more;
    }
    const Give give = std::exchange(give_, nullptr);
    give(output, more_ != nullptr);
}

void Answer::go_on(Give give) {
    give_ = std::move(give);
    ask(std::exchange(more_, nullptr));
}

void Answer::end_with(const Output& output) {
    more_ = nullptr;
    if (const Give give = std::exchange(give_, nullptr)) return give(output, false);
    more_ = [output](const Done& done) { done(output); };
}

void Answer::ask(const std::function<void(const Done&)>& more) {
    more([self = shared_from_this()](Output output) { self->take(std::move(output)); });
}

}  // namespace torii::mgmt
