#include "agent/server/drain.h"

#include "platform/base/log.h"

#include <utility>

namespace torii::agent {

using reconcile::DrainStage;

namespace {

constexpr Log kLog("drain");

std::string_view text(DrainStage stage) {
    switch (stage) {
        case DrainStage::none: return "none";
        case DrainStage::announced: return "announced";
        case DrainStage::services_withdrawn: return "services-withdrawn";
        case DrainStage::withdrawn: return "withdrawn";
    }
    return "";
}

}  // namespace

void Drain::set_cordoned(bool cordoned) {
    const bool first = !std::exchange(known_, true);
    if (!options_.on_cordon || stopping_ || std::exchange(cordoned_, cordoned) == cordoned) return;
    timer_.reset();
    if (!cordoned) {
        stage_ = DrainStage::none;
    } else if (first) {
        stage_ = DrainStage::services_withdrawn;
    } else {
        timer_ = scheduler_.after(options_.notice, [this] { begin(); });
    }
    kLog.info("node cordoned={} stage={}", cordoned, text(stage_));
}

void Drain::begin() {
    change(DrainStage::announced);
    timer_ =
        scheduler_.after(options_.announce, [this] { change(DrainStage::services_withdrawn); });
}

void Drain::stop(std::function<void()> done) {
    if (std::exchange(stopping_, true)) return;
    done_ = std::move(done);
    const auto withdraw = [this] {
        change(DrainStage::withdrawn);
        timer_ = scheduler_.after(options_.settle, [this] { done_(); });
    };
    const bool announced = stage_ == DrainStage::services_withdrawn;
    if (!announced) change(DrainStage::announced);
    timer_ = scheduler_.after(announced ? Duration::zero() : options_.announce, withdraw);
}

void Drain::change(DrainStage stage) {
    if (stage == stage_) return;
    stage_ = stage;
    kLog.info("stage={}", text(stage));
    changed_();
}

}  // namespace torii::agent
