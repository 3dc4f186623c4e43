#pragma once

#include "agent/ctl/kinds.h"
#include "agent/ctl/report.h"
#include "agent/kube/object.h"

#include <string>
#include <vector>

namespace torii::agent {

struct TableOptions {
    bool wide = false;
    bool all_namespaces = false;
    std::int64_t now = 0;  // seconds since 1970
};

// The resources as `kubectl get` prints them. One alone is itself in JSON and YAML, several are a
// List.
[[nodiscard]] std::string resource_table(const Kind& kind,
                                         const std::vector<kube::Object>& resources,
                                         const TableOptions& options);
[[nodiscard]] std::string resource_values(const std::vector<kube::Object>& resources, bool one,
                                          Output output);

// "7s", "5m30s", "21h", "2d3h": an age as kubectl prints it; "<unknown>" without a time.
[[nodiscard]] std::string age_text(const std::string& creation_timestamp, std::int64_t now);

}  // namespace torii::agent
