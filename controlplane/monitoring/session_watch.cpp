#include "controlplane/monitoring/session_watch.h"

#include "controlplane/bgp/message.h"

#include <utility>

namespace torii::monitoring {

void SessionWatch::observe(bool wanted) {
    if (std::exchange(observing_, wanted) == wanted) return;
    if (!wanted) {
        source_.remove_observer(*this);
        return forget_sessions();
    }
    source_.add_observer(*this);
    source_.each_session([this](const speaker::ObservedSession& session) { add_session(session); });
}

void each_message(Bytes messages, const std::function<void(Bytes)>& visit) {
    while (!messages.empty()) {
        const auto frame = bgp::next_frame(messages, bgp::kExtendedSizeMax);
        if (!frame || !*frame) return;
        messages = messages.subspan((*frame)->size());
        visit(**frame);
    }
}

}  // namespace torii::monitoring
