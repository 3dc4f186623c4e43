#include "mgmt/server/event_commands.h"

#include "mgmt/server/answer.h"
#include "mgmt/show/text.h"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <utility>

namespace torii::mgmt {
namespace {

// Who reads slower than things happen loses the oldest.
constexpr std::size_t kWaitingMax = 1000;

std::string text_of(const rpc::Event& event, Form form) {
    if (form == Form::json) return event.json + "\n";
    return fmt::format("{} {}\n", show::date_text(event.time), event.line);
}

// What a session is told. It goes at the first event after nobody wants it any more.
class Feed : public std::enable_shared_from_this<Feed> {
public:
    Feed(rpc::EventLog& events, const Invocation& asked)
        : events_(events),
          session_(asked.session),
          number_(asked.session->id),
          answer_(asked.session->answer.get()),
          form_(asked.form) {}

    void begin(const Done& done) {
        events_.listen(number_,
                       [self = shared_from_this()](const rpc::Event& event) { self->take(event); });
        give("", done);
    }

private:
    [[nodiscard]] bool wanted() const {
        const auto session = session_.lock();
        const auto answer = answer_.lock();
        return session && answer && session->answer.get() == answer;
    }
    void take(const rpc::Event& event) {
        if (!wanted()) return events_.leave(number_);
        waiting_.push_back(text_of(event, form_));
        if (waiting_.size() > kWaitingMax) waiting_.pop_front();
        if (const Done done = std::exchange(done_, nullptr)) next(done);
    }
    void next(const Done& done) {
        if (waiting_.empty()) {
            done_ = done;
            return;
        }
        std::string text;
        for (const std::string& one : std::exchange(waiting_, {})) text += one;
        give(std::move(text), done);
    }
    void give(std::string text, const Done& done) {
        Output output{std::move(text)};
        output.whole = true;
        output.more = [self = shared_from_this()](const Done& go_on) { self->next(go_on); };
        done(std::move(output));
    }

    rpc::EventLog& events_;
    std::weak_ptr<Session> session_;
    std::uint64_t number_;
    std::weak_ptr<Answer> answer_;
    Form form_;
    std::deque<std::string> waiting_;
    Done done_;  // while the client waits
};

}  // namespace

void EventCommands::add_to(Grammar& grammar) {
    grammar.add("monitor events", "What happens, as it does: sessions, commits.",
                [this](const Invocation& asked, const Done& done) { follow(asked, done); });
}

void EventCommands::follow(const Invocation& asked, const Done& done) {
    std::make_shared<Feed>(events_, asked)->begin(done);
}

}  // namespace torii::mgmt
