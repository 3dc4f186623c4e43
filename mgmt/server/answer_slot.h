#pragma once

#include <memory>

namespace torii::mgmt {

class Answer;

// What a session is being answered. Nobody waits for it any more when the slot ends or is emptied.
class AnswerSlot {
public:
    AnswerSlot() = default;
    AnswerSlot(const AnswerSlot&) = delete;
    AnswerSlot& operator=(const AnswerSlot&) = delete;
    ~AnswerSlot() { reset(); }

    void put(std::shared_ptr<Answer> answer);
    void reset();
    [[nodiscard]] std::shared_ptr<Answer> get() const { return answer_; }

private:
    std::shared_ptr<Answer> answer_;
};

}  // namespace torii::mgmt
