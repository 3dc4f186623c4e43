#include "agent/model/session_state.h"

namespace torii::model {

std::string session_state(std::string_view state) {
    if (state == "OpenSent") return "open_sent";
    if (state == "OpenConfirm") return "open_confirm";
    if (state == "Established") return "established";
    if (state == "Connect") return "connect";
    if (state == "Active") return "active";
    return "idle";
}

}  // namespace torii::model
