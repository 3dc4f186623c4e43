#include "mgmt/server/alarms.h"

#include "platform/base/log.h"

namespace torii::mgmt {
namespace {

constexpr Log kLog("alarm");

}  // namespace

void Alarms::raise(const std::string& source, Severity severity, const std::string& text) {
    const auto [place, added] =
        alarms_.try_emplace(source, Alarm{severity, moment_.unix_seconds(), text});
    if (!added && place->second.text == text && place->second.severity == severity) return;
    place->second.severity = severity;
    place->second.text = text;
    kLog.warning("raised source=\"{}\" severity={} text=\"{}\"", source, severity_name(severity),
                 text);
    if (listener_) listener_(source, place->second, true);
}

void Alarms::clear(const std::string& source) {
    const auto entry = alarms_.extract(source);
    if (entry.empty()) return;
    kLog.info("cleared source=\"{}\"", source);
    if (listener_) listener_(source, entry.mapped(), false);
}

const char* severity_name(Severity severity) {
    switch (severity) {
        case Severity::warning: return "warning";
        case Severity::major: return "major";
        case Severity::critical: return "critical";
    }
    return "";
}

}  // namespace torii::mgmt
