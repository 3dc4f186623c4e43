#pragma once

#include "mgmt/datastore/image.h"
#include "mgmt/server/session.h"
#include "platform/base/result.h"

#include <boost/json/array.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace torii::mgmt {

// Something that somebody did or was not let do.
struct AuditRecord {
    std::int64_t unix_seconds = 0;
    Access access;
    std::uint64_t session = 0;
    std::string action;   // login, commit, "clear bgp *"
    std::string outcome;  // done, or why not
    std::uint64_t commit = 0;
    std::vector<datastore::Difference> differences;  // without secrets
};

// Who did what and when: a line of JSON each, added to a file that is only ever added to, and told
// to the log. When the file is full it becomes FILE.1, in place of the one before.
class AuditLog {
public:
    // `failed` hears why a record could not be written, and nothing when one could be.
    AuditLog(std::string file, std::function<void(const std::string&)> failed,
             std::size_t octets_max = 8 << 20);

    void write(const AuditRecord& record);
    // The newest `count` records, oldest first.
    [[nodiscard]] Result<boost::json::array> newest(std::size_t count) const;

private:
    [[nodiscard]] Result<void> append(const std::string& line);

    std::string file_;
    std::function<void(const std::string&)> failed_;
    std::size_t octets_max_;
};

}  // namespace torii::mgmt
