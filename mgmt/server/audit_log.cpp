#include "mgmt/server/audit_log.h"

#include "mgmt/datastore/json_fields.h"
#include "mgmt/server/access.h"
#include "platform/base/durable_file.h"
#include "platform/base/log.h"

#include <boost/json/serialize.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace torii::mgmt {
namespace {

namespace json = boost::json;
constexpr Log kLog("audit");
constexpr mode_t kMode = 0600;

std::string line_of(const AuditRecord& record) {
    json::object out{{"unix-seconds", record.unix_seconds},
                     {"user", record.access.user},
                     {"role", role_name(record.access.role)},
                     {"through", record.access.through},
                     {"from", record.access.from},
                     {"session", record.session},
                     {"action", record.action},
                     {"outcome", record.outcome}};
    if (record.commit != 0) out["commit"] = record.commit;
    if (!record.differences.empty()) {
        json::array lines;
        for (const auto& [added, line] : record.differences) {
            lines.emplace_back(fmt::format("{} {}", added ? '+' : '-', line));
        }
        out["differences"] = std::move(lines);
    }
    return json::serialize(out) + "\n";
}

// The last `count` lines of `text`.
std::vector<std::string_view> last_lines(std::string_view text, std::size_t count) {
    std::vector<std::string_view> out;
    while (!text.empty() && out.size() < count) {
        if (text.back() == '\n') text.remove_suffix(1);
        const auto start = text.rfind('\n');
        out.push_back(text.substr(start == text.npos ? 0 : start + 1));
        text = text.substr(0, start == text.npos ? 0 : start + 1);
    }
    return {out.rbegin(), out.rend()};
}

}  // namespace

AuditLog::AuditLog(std::string file, std::function<void(const std::string&)> failed,
                   std::size_t octets_max)
    : file_(std::move(file)), failed_(std::move(failed)), octets_max_(octets_max) {}

void AuditLog::write(const AuditRecord& record) {
    kLog.info("user=\"{}\" role={} through={} from=\"{}\" session={} action=\"{}\" outcome=\"{}\"",
              record.access.user, role_name(record.access.role), record.access.through,
              record.access.from, record.session, record.action, record.outcome);
    const auto done = append(line_of(record));
    failed_(done ? "" : done.error().message);
}

Result<void> AuditLog::append(const std::string& line) {
    const int descriptor = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode);
    if (descriptor < 0) return fail("cannot open {}: {}", file_, std::strerror(errno));
    struct stat known {};
    const bool sized = ::fstat(descriptor, &known) == 0;
    const ssize_t written = ::write(descriptor, line.data(), line.size());
    const int error = errno;
    // The record before it stays whole whatever happens to this one.
    if (sized && written >= 0 && static_cast<std::size_t>(written) != line.size()) {
        if (::ftruncate(descriptor, known.st_size) != 0) kLog.error("cannot shorten {}", file_);
    }
    ::close(descriptor);
    if (written < 0) return fail("cannot write {}: {}", file_, std::strerror(error));
    if (static_cast<std::size_t>(written) != line.size()) return fail("{} is full", file_);
    if (static_cast<std::size_t>(known.st_size) + line.size() > octets_max_) {
        std::rename(file_.c_str(), (file_ + ".1").c_str());
    }
    return {};
}

Result<json::array> AuditLog::newest(std::size_t count) const {
    json::array out;
    for (const char* ending : {".1", ""}) {
        const auto text = read_text(file_ + ending);
        if (!text) return unexpected(text.error());
        if (!*text) continue;
        for (const std::string_view line : last_lines(**text, count)) {
            if (auto record = datastore::parse_object(line)) out.push_back(std::move(*record));
        }
    }
    if (out.size() > count) {
        out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(count));
    }
    return out;
}

}  // namespace torii::mgmt
