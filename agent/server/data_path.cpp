#include "agent/server/data_path.h"

#include "platform/base/log.h"

#include <utility>

namespace torii::agent {
namespace {

constexpr Log kLog("datapath");

}  // namespace

DataPath::DataPath(EventLoop& loop, DataPathOptions options)
    : loop_(loop), options_(std::move(options)) {
    if (options_.enabled) table_ = std::make_unique<nftables::Table>();
}

Result<void> DataPath::program(const model::Snapshot& snapshot) {
    if (table_ == nullptr) return {};
    loadbalance::Ruleset rules = loadbalance::ruleset(
        loadbalance::node_balancing(snapshot, options_.balancing), options_.table);
    if (auto added = table_->add(rules); !added) return added;
    wanted_ = std::move(rules);
    services_ = snapshot.services;
    return {};
}

model::Snapshot DataPath::programmed(model::Snapshot snapshot) const {
    if (table_ != nullptr) snapshot.services = services_;
    return snapshot;
}

void DataPath::clean_up_later() {
    if (table_ == nullptr) return;
    cleaning_ = loop_.after(options_.withdraw_delay, [this] {
        const auto done = table_->remove_rest(wanted_);
        if (done) return;
        kLog.warning("{}", done.error().message);
        // Somebody else was at the table: once more, with what the kernel says there is.
        if (const auto added = table_->add(wanted_); added) clean_up_later();
    });
}

}  // namespace torii::agent
