#pragma once

#include <cstdint>
#include <memory>

namespace torii::mgmt {

class Answer;

// What somebody may do; each can all that those before it can.
enum class Role : std::uint8_t { viewer, operator_, admin };

// What a session is being answered. Nobody waits for it any more when the slot ends or is emptied.
class AnswerSlot {
public:
    AnswerSlot() = default;
    AnswerSlot(const AnswerSlot&) = delete;
    AnswerSlot& operator=(const AnswerSlot&) = delete;
    ~AnswerSlot() { reset(); }

    // `role`: the least that it is for.
    void put(std::shared_ptr<Answer> answer, Role role);
    void reset();
    [[nodiscard]] std::shared_ptr<Answer> get() const { return answer_; }
    [[nodiscard]] Role role() const { return role_; }

private:
    std::shared_ptr<Answer> answer_;
    Role role_ = Role::viewer;
};

}  // namespace torii::mgmt
