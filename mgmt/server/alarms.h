#pragma once

#include "mgmt/datastore/moment.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace torii::mgmt {

enum class Severity : std::uint8_t { warning, major, critical };

struct Alarm {
    Severity severity = Severity::warning;
    std::int64_t since = 0;  // unix seconds
    std::string text;
};

// What is wrong at this moment and wants somebody. An alarm stays until what raised it clears it.
class Alarms {
public:
    explicit Alarms(const datastore::Moment& moment) : moment_(moment) {}

    // `source` names what is wrong: "startup-configuration", "daemon controlplane". Raised again it
    // keeps its time.
    void raise(const std::string& source, Severity severity, const std::string& text);
    void clear(const std::string& source);
    [[nodiscard]] const std::map<std::string, Alarm>& all() const { return alarms_; }

    // What is raised, is raised anew with another text, or is over.
    using Listener = std::function<void(const std::string& source, const Alarm&, bool raised)>;
    void listen(Listener listener) { listener_ = std::move(listener); }

private:
    const datastore::Moment& moment_;
    std::map<std::string, Alarm> alarms_;
    Listener listener_;
};

[[nodiscard]] const char* severity_name(Severity severity);

}  // namespace torii::mgmt
