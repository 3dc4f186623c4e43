#include "dataplane/pipeline/settings.h"

#include <utility>

namespace torii::pipeline {

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
