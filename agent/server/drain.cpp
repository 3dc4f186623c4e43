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

void Drain::update(bool cordoned, Absence told) {
    told_ = told;
    cordoned = cordoned && options_.on_cordon;
    if (!std::exchange(known_, true)) {
        cordoned_ = cordoned;
        begin();
    } else if (!stopping_ && std::exchange(cordoned_, cordoned) != cordoned) {
        kLog.info("node cordoned={}", cordoned_);
        if (cordoned_) {
            tell(Absence::leaving, [this] { leave(); });
        } else {
            come_back();
        }
    }
    notice();
}

// With what the agent before has left.
void Drain::begin() {
    if (cordoned_) {
        stage_ = DrainStage::services_withdrawn;
        tell(Absence::leaving, [] {});
    } else if (told_ == Absence::leaving) {
        stage_ = DrainStage::services_withdrawn;
        come_back();
    } else if (told_ == Absence::back) {
        absence_ = Absence::back;
        end_handover_later();
    }
    if (stage_ != DrainStage::none) kLog.info("stage={}", text(stage_));
}

// `then` follows when the others had the time to do as they are told.
void Drain::tell(Absence absence, std::function<void()> then) {
    then_ = std::move(then);
    untold_ = options_.tells;
    if (options_.tells) absence_ = absence;
    timer_ = scheduler_.after(options_.tells ? kPatience : Duration::zero(), [this] { proceed(); });
    notice();
}

void Drain::notice() {
    if (!untold_ || told_ != absence_) return;
    untold_ = false;
    timer_ = scheduler_.after(options_.notice, [this] { proceed(); });
}

void Drain::proceed() {
    untold_ = false;
    const auto then = std::exchange(then_, nullptr);
    then();
}

void Drain::leave() {
    change(DrainStage::announced);
    timer_ =
        scheduler_.after(options_.announce, [this] { change(DrainStage::services_withdrawn); });
}

void Drain::withdraw() {
    untold_ = false;
    change(DrainStage::withdrawn);
    timer_ = scheduler_.after(options_.settle, [this] { done_(); });
}

void Drain::come_back() {
    // Before anything was announced: no connection has moved.
    if (stage_ == DrainStage::none) return tell(Absence::none, [] {});
    tell(Absence::back, [this] {
        change(DrainStage::none);
        end_handover_later();
    });
}

void Drain::end_handover_later() {
    if (!options_.tells) return;
    timer_ = scheduler_.after(options_.handover, [this] {
        tell(Absence::none, [] {});
        changed_();
    });
}

void Drain::stop(std::function<void()> done) {
    if (std::exchange(stopping_, true)) return;
    done_ = std::move(done);
    const bool left = stage_ == DrainStage::services_withdrawn && absence_ != Absence::back;
    if (left) return withdraw();
    tell(Absence::leaving, [this] {
        change(DrainStage::announced);
        timer_ = scheduler_.after(options_.announce, [this] { withdraw(); });
    });
    changed_();
}

void Drain::change(DrainStage stage) {
    if (stage == stage_) return;
    stage_ = stage;
    kLog.info("stage={}", text(stage));
    changed_();
}

}  // namespace torii::agent
