#include "dataplane/pipeline/settings.h"

#include <utility>

namespace torii::pipeline {

Allowance allowance_of(PuntClass punt_class, const Settings& settings) {
    if (punt_class == PuntClass::ttl || punt_class == PuntClass::unreachable) {
        return {settings.icmp_errors_per_second, settings.icmp_error_burst};
    }
    const PuntClassRow& row = punt_class_row(punt_class);
    return {row.rate, row.burst};
}

SharedSettings::SharedSettings(fib::Reclaimer& reclaimer)
    : reclaimer_(reclaimer), current_(new Settings) {}

SharedSettings::~SharedSettings() {
    delete current_.load();
}

void SharedSettings::publish(Settings settings) {
    const Settings* old = current_.exchange(new Settings(std::move(settings)));
    reclaimer_.retire([old] { delete old; });
}

}  // namespace torii::pipeline
