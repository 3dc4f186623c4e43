#pragma once

#include "mgmt/server/grammar.h"
#include "mgmt/show/message_json.h"

namespace torii::mgmt {

[[nodiscard]] inline Output json_output(const boost::json::value& value) {
    return {show::pretty(value)};
}

[[nodiscard]] inline Output message_output(const google::protobuf::Message& message) {
    return json_output(show::message_json(message));
}

// Shows a daemon's answer, or says that there is none. `part`: of the reply; `render`: its text.
template <class Part, class Render>
[[nodiscard]] auto showing(Form form, const Done& done, Part part, Render render) {
    return [=](const auto& reply) {
        if (!reply) return done(failure(reply.error().message));
        const auto& answer = part(*reply);
        done(form == Form::json ? message_output(answer) : Output{render(answer)});
    };
}

[[nodiscard]] inline Output bgp_is_off() {
    return failure("BGP is not configured: configure, set bgp as NUMBER, commit");
}

}  // namespace torii::mgmt
