#include "controlplane/routing/fib_export.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace torii::routing {
namespace {

constexpr std::size_t kRoutesPerBatch = 2048;
// Keeps the engine busy while the next batch is made, and the queue between us short.
constexpr std::uint64_t kBatchesUnderWay = 4;

}  // namespace

void FibExport::set_route(const Prefix& prefix, const Forwarding& forwarding) {
    Forwarding& wanted = wanted_[prefix];
    if (wanted == forwarding) return;
    wanted = forwarding;
    dirty_.insert(prefix);
}

void FibExport::remove_route(const Prefix& prefix) {
    if (wanted_.erase(prefix) != 0) dirty_.insert(prefix);
}

void FibExport::set_complete() {
    complete_ = true;
}

bool FibExport::set_ports(std::set<std::string> ports) {
    if (ports == ports_) return false;
    ports_ = std::move(ports);
    groups_.set_ports(ports_);
    return true;
}

void FibExport::start_sync() {
    running_ = true;
    begin_due_ = true;
    syncing_ = true;
    acknowledged_ = sent_version_;  // what was under way is of no interest any more
    groups_.begin_sync();
    sent_.clear();
    dirty_.clear();
    for (const auto& [prefix, forwarding] : wanted_) dirty_.insert(prefix);
}

void FibExport::stop() {
    running_ = false;
    sent_.clear();
    acknowledged_ = sent_version_;
}

std::optional<FibBatch> FibExport::next() {
    if (!running_ || sent_version_ - acknowledged_ >= kBatchesUnderWay) return std::nullopt;
    const bool end = syncing_ && complete_ && dirty_.size() <= kRoutesPerBatch;
    const bool garbage = !syncing_ && groups_.garbage();
    if (dirty_.empty() && !begin_due_ && !end && !garbage) return std::nullopt;
    FibBatch batch;
    batch.version = ++sent_version_;
    batch.begin_sync = std::exchange(begin_due_, false);
    fill(batch);
    if (!syncing_) groups_.collect(batch);
    batch.end_sync = end;
    if (end) syncing_ = false;
    return batch;
}

void FibExport::fill(FibBatch& batch) {
    const std::size_t count = std::min(dirty_.size(), kRoutesPerBatch);
    for (std::size_t index = 0; index < count; ++index) {
        const Prefix prefix = *dirty_.begin();
        dirty_.erase(dirty_.begin());
        const auto wanted = wanted_.find(prefix);
        const auto sent = sent_.find(prefix);
        if (wanted == wanted_.end()) {
            // Also without having sent it in this synchronisation: an earlier process may have.
            batch.removed_routes.push_back(prefix);
            if (sent == sent_.end()) continue;
            groups_.release(sent->second.forwarding);
            sent_.erase(sent);
            continue;
        }
        if (sent != sent_.end() && sent->second.forwarding == wanted->second) continue;
        batch.routes.push_back({prefix, groups_.use(wanted->second, batch)});
        if (sent != sent_.end()) groups_.release(sent->second.forwarding);
        sent_[prefix] = {wanted->second, batch.version};
    }
}

void FibExport::acknowledge(std::uint64_t version) {
    if (version <= sent_version_) acknowledged_ = std::max(acknowledged_, version);
}

bool FibExport::installed(const Prefix& prefix) const {
    const auto sent = sent_.find(prefix);
    const auto wanted = wanted_.find(prefix);
    return sent != sent_.end() && wanted != wanted_.end() &&
           sent->second.forwarding == wanted->second && sent->second.version <= acknowledged_;
}

std::uint32_t FibExport::group_id(const Prefix& prefix) const {
    const auto sent = sent_.find(prefix);
    return sent == sent_.end() ? 0 : groups_.id(sent->second.forwarding);
}

}  // namespace torii::routing
