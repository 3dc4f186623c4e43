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

FibExport::~FibExport() {
    records_.for_each([this](std::uint32_t id) {
        store_.drop(records_[id].wanted);
        store_.drop(records_[id].sent);
    });
}

void FibExport::set_route(std::uint32_t id, const Forwarding& forwarding) {
    records_.add(id);
    Record& record = records_[id];
    if (record.wanted == forwarding.number()) return;
    store_.drop(std::exchange(record.wanted, store_.hold(forwarding)));
    mark(id);
}

void FibExport::remove_route(std::uint32_t id) {
    if (!records_.used(id) || records_[id].wanted == 0) return;
    if (!running_) return erase(id);
    store_.drop(std::exchange(records_[id].wanted, 0));
    mark(id);
}

void FibExport::erase(std::uint32_t id) {
    store_.drop(records_[id].wanted);
    store_.drop(records_[id].sent);
    records_.erase(id);
}

// A synchronisation begins with everything.
void FibExport::mark(std::uint32_t id) {
    if (!running_ || records_[id].is(Record::kDirty)) return;
    records_[id].set(Record::kDirty, true);
    dirty_.push(id);
}

void FibExport::next_hop_down(const IpAddress& gateway) {
    down_.insert(gateway);
    groups_.set_down(gateway, true);
    groups_due_ = true;
    settled_ = false;
}

void FibExport::next_hops_settled() {
    settled_ = true;
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
    forget_sent();
    records_.for_each([this](std::uint32_t id) { mark(id); });
}

// What is not wanted any more, the engine sweeps by itself.
void FibExport::forget_sent() {
    dirty_.clear();
    under_way_.clear();
    records_.for_each([this](std::uint32_t id) {
        Record& record = records_[id];
        store_.drop(std::exchange(record.sent, 0));
        record.set(Record::kDirty, false);
        record.set(Record::kUnderWay, false);
        if (record.wanted == 0) erase(id);
    });
}

void FibExport::stop() {
    running_ = false;
    forget_sent();
    acknowledged_ = sent_version_;
}

// However many batches are under way: every packet to a gateway that is gone is lost.
std::optional<FibBatch> FibExport::next_groups() {
    if (std::exchange(settled_, settled_ && !dirty_.empty()) && dirty_.empty()) {
        for (const IpAddress& gateway : std::exchange(down_, {})) groups_.set_down(gateway, false);
        groups_due_ = true;
    }
    if (!std::exchange(groups_due_, false)) return std::nullopt;
    FibBatch batch;
    groups_.refresh(batch);
    if (batch.groups.empty()) return std::nullopt;
    batch.version = ++sent_version_;
    return batch;
}

std::optional<FibBatch> FibExport::next() {
    if (!running_) return std::nullopt;
    // In a synchronisation that has not begun, nothing is sent that could be corrected.
    if (auto batch = begin_due_ ? std::nullopt : next_groups()) return batch;
    if (sent_version_ - acknowledged_ >= kBatchesUnderWay) return std::nullopt;
    const bool end = syncing_ && complete_ && dirty_.size() <= kRoutesPerBatch;
    const bool garbage = !syncing_ && groups_.garbage();
    if (dirty_.empty() && !begin_due_ && !end && !garbage) return std::nullopt;
    FibBatch batch;
    batch.version = ++sent_version_;
    batch.begin_sync = std::exchange(begin_due_, false);
    under_way_.push_back({batch.version, {}});
    fill(batch);
    if (!syncing_) groups_.collect(batch);
    batch.end_sync = end;
    if (end) syncing_ = false;
    return batch;
}

void FibExport::fill(FibBatch& batch) {
    std::vector<std::uint32_t> ids(std::min(dirty_.size(), kRoutesPerBatch));
    for (std::uint32_t& id : ids) {
        id = dirty_.pop();
        records_[id].set(Record::kDirty, false);
        if (records_[id].wanted == 0) records_.prefetch_erase(id);
    }
    for (const std::uint32_t id : ids) fill(id, batch);
}

void FibExport::fill(std::uint32_t id, FibBatch& batch) {
    Record& record = records_[id];
    if (record.wanted == 0) {
        // Also without having sent it in this synchronisation: an earlier process may have.
        batch.removed_routes.push_back(records_.prefix(id));
        if (record.sent != 0) groups_.release(store_.handle(record.sent));
        return erase(id);
    }
    if (record.sent == record.wanted) return;
    const Forwarding wanted = store_.handle(record.wanted);
    batch.routes.push_back({records_.prefix(id), groups_.use(wanted, batch)});
    if (record.sent != 0) groups_.release(store_.handle(record.sent));
    store_.drop(std::exchange(record.sent, store_.hold(wanted)));
    record.set(Record::kUnderWay, true);
    record.extra = stamp(batch.version);
    under_way_.back().routes.push_back(id);
}

void FibExport::acknowledge(std::uint64_t version) {
    if (version > sent_version_) return;
    acknowledged_ = std::max(acknowledged_, version);
    for (; !under_way_.empty() && under_way_.front().version <= version; under_way_.pop_front()) {
        const std::uint16_t of_batch = stamp(under_way_.front().version);
        for (const std::uint32_t id : under_way_.front().routes) {
            // A later batch may have said something else of it, or its number mean another.
            if (records_.used(id) && records_[id].extra == of_batch) {
                records_[id].set(Record::kUnderWay, false);
            }
        }
    }
}

bool FibExport::installed(const Prefix& prefix) const {
    const auto id = records_.find(prefix);
    if (!id) return false;
    const Record& record = records_[*id];
    return record.sent != 0 && record.sent == record.wanted && !record.is(Record::kUnderWay);
}

std::uint32_t FibExport::group_id(const Prefix& prefix) const {
    const auto id = records_.find(prefix);
    return id && records_[*id].sent != 0 ? groups_.id(store_.handle(records_[*id].sent)) : 0;
}

}  // namespace torii::routing
