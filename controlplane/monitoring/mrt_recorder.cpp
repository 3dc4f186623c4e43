#include "controlplane/monitoring/mrt_recorder.h"

#include "controlplane/speaker/neighbor_report.h"
#include "platform/base/log.h"

#include <algorithm>
#include <utility>

namespace torii::monitoring {
namespace {

constexpr Log kLog("mrt");
// How long a dump keeps the loop from its sockets, and in what portions it is made.
constexpr std::chrono::milliseconds kTurn{1};
constexpr std::size_t kPrefixesAtOnce = 128;
constexpr std::size_t kPortionsPerTurn = 32;
// So much before a multiple of an interval it has not come yet.
constexpr Seconds kEarly{1};
// What was received is in the file no later than this.
constexpr Seconds kFlush{1};

ipc::MrtWritten written(const MrtFile& file) {
    ipc::MrtWritten out;
    out.set_file(file.name());
    out.set_records(file.records());
    out.set_octets(file.octets());
    return out;
}

}  // namespace

MrtRecorder::MrtRecorder(Scheduler& scheduler, speaker::RouteSource& source,
                         std::function<UnixTime()> clock)
    : SessionWatch(source), scheduler_(scheduler), clock_(std::move(clock)) {}

MrtRecorder::~MrtRecorder() {
    configure({});
    dump_.reset();
    for (const Job& job : std::exchange(jobs_, {})) {
        if (job.done) job.done(torii::fail("BGP has ended"));
    }
}

void MrtRecorder::configure(const MrtConfig& config) {
    const MrtConfig before = std::exchange(config_, config);
    if (config.routes != before.routes) {
        routes_record_.error.clear();
        routes_timer_.reset();
        if (config.routes) {
            repeat(routes_timer_, routes_record_, config.routes->interval,
                   &MrtRecorder::dump_routes);
        }
    }
    if (config.updates == before.updates) return;
    updates_record_.error.clear();
    close_updates();
    observe(config.updates.has_value());
    open_updates();
    rotation_timer_.reset();
    if (!config.updates) return;
    repeat(rotation_timer_, updates_record_, config.updates->interval,
           &MrtRecorder::rotate_updates);
}

Duration MrtRecorder::until_multiple(Seconds interval) const {
    const UnixTime time = clock_();
    return interval - time % interval;
}

void MrtRecorder::repeat(Timer& timer, Record& record, Seconds interval, Repeated call) {
    const Duration delay = until_multiple(interval);
    record.next_at = scheduler_.now() + delay;
    timer = scheduler_.after(delay, [this, &timer, &record, interval, call] {
        // The time of day and that of timers are not the same: a name must not be of the time
        // before, nor may the rest of it be an interval of its own.
        const bool early = until_multiple(interval) < kEarly;
        repeat(timer, record, interval, call);
        if (!early) (this->*call)();
    });
}

void MrtRecorder::dump_routes() {
    // One that takes longer than the interval is not followed by others.
    const bool waiting = std::ranges::any_of(jobs_, [](const Job& job) { return !job.done; });
    if (!waiting) dump(config_.routes->file, nullptr);
}

void MrtRecorder::rotate_updates() {
    close_updates();
    open_updates();
}

void MrtRecorder::dump(const std::string& pattern, Done done) {
    jobs_.push_back({pattern, std::move(done)});
    if (jobs_.size() == 1) begin_next();
}

void MrtRecorder::begin_next() {
    while (!jobs_.empty() && !dump_) {
        const TableDump::Now begin = now();
        const auto name = file_name_at(jobs_.front().pattern, begin.time);
        auto dump = name ? TableDump::begin(source(), *name, begin)
                         : Result<TableDump>(unexpected(name.error()));
        if (!dump) {
            finish(unexpected(dump.error()));
            continue;
        }
        dump_ = std::move(*dump);
        work_timer_ = scheduler_.after(Duration{0}, [this] { work(); });
    }
}

void MrtRecorder::work() {
    const TimePoint begin = scheduler_.now();
    for (std::size_t count = 0; count < kPortionsPerTurn; ++count) {
        const Result<bool> more = dump_->portion(kPrefixesAtOnce, now());
        if (!more || !*more) {
            const Result<ipc::MrtWritten> outcome =
                more ? Result<ipc::MrtWritten>(written(dump_->file())) : unexpected(more.error());
            dump_.reset();
            finish(outcome);
            return begin_next();
        }
        if (scheduler_.now() - begin >= kTurn) break;
    }
    work_timer_ = scheduler_.after(Duration{0}, [this] { work(); });
}

void MrtRecorder::finish(const Result<ipc::MrtWritten>& outcome) {
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    note(routes_record_, outcome);
    if (job.done) job.done(outcome);
}

void MrtRecorder::note(Record& record, const Result<ipc::MrtWritten>& outcome) const {
    if (!outcome) {
        ++record.failures;
        record.error = outcome.error().message;
        kLog.error("{}", record.error);
        return;
    }
    ++record.files;
    record.error.clear();
    record.last = *outcome;
    record.last_at = scheduler_.now();
    kLog.info("file={} records={} octets={}", outcome->file(), outcome->records(),
              outcome->octets());
}

void MrtRecorder::open_updates() {
    if (!config_.updates) return;
    const auto name = file_name_at(config_.updates->file, clock_());
    if (!name) return fail_updates(name.error());
    auto file = MrtFile::create(*name);
    if (!file) return fail_updates(file.error());
    updates_ = std::move(*file);
}

void MrtRecorder::close_updates() {
    flush_timer_.reset();
    flush_scheduled_ = false;
    if (!updates_) return;
    const auto done = updates_->commit();
    const auto file = written(*updates_);
    updates_.reset();
    note(updates_record_,
         done ? Result<ipc::MrtWritten>(file) : Result<ipc::MrtWritten>(unexpected(done.error())));
}

// Nothing is recorded until the next file.
void MrtRecorder::fail_updates(const Error& error) {
    updates_.reset();
    note(updates_record_, unexpected(error));
}

void MrtRecorder::record(Bytes record) {
    if (!updates_) return;
    if (const auto done = updates_->add(record); !done) return fail_updates(done.error());
    if (std::exchange(flush_scheduled_, true)) return;
    flush_timer_ = scheduler_.after(kFlush, [this] {
        flush_scheduled_ = false;
        if (!updates_) return;
        if (const auto done = updates_->flush(); !done) fail_updates(done.error());
    });
}

void MrtRecorder::add_session(const speaker::ObservedSession& session) {
    sessions_[session.config.address] = {session.negotiated.remote_as,
                                         session.negotiated.local_as,
                                         session.config.address,
                                         session.connection.local,
                                         !session.negotiated.four_octet_as,
                                         session.negotiated.add_path_receive};
}

void MrtRecorder::session_up(const speaker::ObservedSession& session) {
    add_session(session);
    record(mrt_state_change(clock_(), sessions_.at(session.config.address), true));
}

void MrtRecorder::session_down(const IpAddress& peer, const bgp::SessionDown&) {
    const auto session = sessions_.find(peer);
    if (session == sessions_.end()) return;
    record(mrt_state_change(clock_(), session->second, false));
    sessions_.erase(session);
}

void MrtRecorder::update_received(const IpAddress& peer, Bytes messages, bgp::Verdict) {
    const auto session = sessions_.find(peer);
    if (session == sessions_.end()) return;
    each_message(messages,
                 [&](Bytes message) { record(mrt_message(clock_(), session->second, message)); });
}

void MrtRecorder::report(const char* kind, const std::optional<MrtSchedule>& schedule,
                         const Record& record, bool writing, ipc::MrtState& out) const {
    ipc::MrtFileState& state = *out.add_files();
    state.set_kind(kind);
    state.set_writing(writing);
    state.set_files(record.files);
    state.set_failures(record.failures);
    state.set_last_error(record.error);
    if (record.last) {
        *state.mutable_last() = *record.last;
        state.set_last_seconds(speaker::seconds_since(record.last_at, scheduler_.now()));
    }
    if (!schedule) return;
    state.set_pattern(schedule->file);
    state.set_interval(static_cast<std::uint32_t>(schedule->interval.count()));
    state.set_next_seconds(speaker::seconds_since(scheduler_.now(), record.next_at));
}

ipc::MrtState MrtRecorder::state() const {
    ipc::MrtState out;
    report("routes-mrt", config_.routes, routes_record_, dump_.has_value(), out);
    report("updates", config_.updates, updates_record_, updates_.has_value(), out);
    return out;
}

}  // namespace torii::monitoring
