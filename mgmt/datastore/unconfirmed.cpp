#include "mgmt/datastore/unconfirmed.h"

#include "mgmt/datastore/json_fields.h"
#include "platform/base/log.h"

#include <boost/json/serialize.hpp>

namespace torii::datastore {
namespace {

namespace json = boost::json;
constexpr Log kLog("datastore");

}  // namespace

Result<DurableFile> write_unconfirmed(const std::string& path, const Unconfirmed& commit) {
    const json::object entry{{"commit", commit.commit},
                             {"boot-id", commit.boot_id},
                             {"deadline-ms", commit.deadline.count()},
                             {"user", commit.user},
                             {"persist-id", commit.persist_id},
                             {"ends-with-session", commit.ends_with_session}};
    return DurableFile::write(path, json::serialize(entry) + "\n");
}

std::optional<Unconfirmed> read_unconfirmed(const std::string& path) {
    const auto text = read_text(path);
    if (text && !*text) return std::nullopt;
    const auto entry = text ? parse_object(**text) : std::nullopt;
    if (!entry) {
        kLog.error("unreadable file={}", path);
        return std::nullopt;
    }
    return Unconfirmed{field<std::uint64_t>(*entry, "commit"),
                       field<std::string>(*entry, "boot-id"),
                       std::chrono::milliseconds(field<std::int64_t>(*entry, "deadline-ms")),
                       field<std::string>(*entry, "user"),
                       field<std::string>(*entry, "persist-id"),
                       field<bool>(*entry, "ends-with-session")};
}

}  // namespace torii::datastore
