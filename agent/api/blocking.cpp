#include "agent/api/blocking.h"

#include <boost/asio/io_context.hpp>

#include <string_view>
#include <utility>

namespace torii::api {

Answer exchange(EventLoop& loop, Transport& transport, Request request, std::size_t size_max) {
    Answer answer;
    bool ended = false;
    Handlers handlers;
    handlers.body = collect(answer.body, size_max, "the answer");
    handlers.ended = [&](const Outcome& outcome) {
        answer.outcome = outcome;
        ended = true;
    };
    const Timer pending = transport.exchange(std::move(request), std::move(handlers));
    loop.context().restart();
    while (!ended && loop.context().run_one() > 0) {
    }
    return answer;
}

}  // namespace torii::api
