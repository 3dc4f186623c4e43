#pragma once

#include "mgmt/server/alarms.h"
#include "mgmt/server/audit_log.h"
#include "mgmt/server/grammar.h"
#include "mgmt/server/sessions.h"

#include <cstddef>

namespace torii::mgmt {

// What concerns mgmtd itself: who is here, what was done, what is wrong.
class SystemCommands {
public:
    SystemCommands(const Sessions& sessions, const Alarms& alarms, const AuditLog& audit)
        : sessions_(sessions), alarms_(alarms), audit_(audit) {}

    void add_to(Grammar& grammar);

private:
    [[nodiscard]] Output list_sessions(const Invocation& asked) const;
    [[nodiscard]] Output list_alarms(Form form) const;
    [[nodiscard]] Output list_records(std::size_t count, Form form) const;

    const Sessions& sessions_;
    const Alarms& alarms_;
    const AuditLog& audit_;
};

}  // namespace torii::mgmt
