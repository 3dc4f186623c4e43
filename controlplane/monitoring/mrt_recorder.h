#pragma once

#include "controlplane/monitoring/mrt.h"
#include "controlplane/monitoring/mrt_file.h"
#include "controlplane/monitoring/session_watch.h"
#include "controlplane/monitoring/table_dump.h"
#include "platform/base/clock.h"
#include "platform/base/result.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <platform/ipc/proto/controlplane.pb.h>
#include <string>
#include <vector>

namespace torii::monitoring {

struct MrtSchedule {
    std::string file;  // with conversions of strftime(), in UTC
    Seconds interval{0};

    friend bool operator==(const MrtSchedule&, const MrtSchedule&) = default;
};

struct MrtConfig {
    std::optional<MrtSchedule> routes;   // the whole table
    std::optional<MrtSchedule> updates;  // every message that is received, and sessions up and down

    friend bool operator==(const MrtConfig&, const MrtConfig&) = default;
};

// Writes MRT files: the table at multiples of an interval and on demand, and what is received.
class MrtRecorder final : public SessionWatch {
public:
    using Done = std::function<void(const Result<ipc::MrtWritten>&)>;

    // `clock` tells the time of day; `source` outlives this.
    MrtRecorder(Scheduler& scheduler, speaker::RouteSource& source,
                std::function<UnixTime()> clock);
    // The file of messages is complete as it is; dumps that are under way fail.
    ~MrtRecorder() override;

    void configure(const MrtConfig& config);
    // Tables are dumped one after the other; errors that are known at once are told at once.
    void dump(const std::string& pattern, Done done);
    [[nodiscard]] ipc::MrtState state() const;

    // SessionObserver.
    void session_up(const speaker::ObservedSession& session) override;
    void session_down(const IpAddress& peer, const bgp::SessionDown& down) override;
    void update_received(const IpAddress& peer, Bytes messages, bgp::Verdict verdict) override;

private:
    // SessionWatch.
    void add_session(const speaker::ObservedSession& session) override;
    void forget_sessions() override { sessions_.clear(); }

    // What became of the files of one kind.
    struct Record {
        std::optional<ipc::MrtWritten> last;
        TimePoint last_at;
        TimePoint next_at;
        std::uint64_t files = 0;
        std::uint64_t failures = 0;
        std::string error;
    };
    struct Job {
        std::string pattern;
        Done done;
    };

    using Repeated = void (MrtRecorder::*)();
    // Calls at every multiple of an interval of the time of day.
    void repeat(Timer& timer, Record& record, Seconds interval, Repeated call);
    void dump_routes();
    void rotate_updates();
    [[nodiscard]] Duration until_multiple(Seconds interval) const;
    [[nodiscard]] TableDump::Now now() const { return {scheduler_.now(), clock_()}; }

    void begin_next();
    void work();
    void finish(const Result<ipc::MrtWritten>& outcome);
    void note(Record& record, const Result<ipc::MrtWritten>& outcome) const;
    void report(const char* kind, const std::optional<MrtSchedule>& schedule, const Record& record,
                bool writing, ipc::MrtState& out) const;

    void open_updates();
    void close_updates();
    void record(Bytes record);
    void fail_updates(const Error& error);

    Scheduler& scheduler_;
    std::function<UnixTime()> clock_;
    MrtConfig config_;
    std::map<IpAddress, MrtSession> sessions_;
    std::deque<Job> jobs_;  // the first is under way
    std::optional<TableDump> dump_;
    std::optional<MrtFile> updates_;
    Record routes_record_;
    Record updates_record_;
    Timer routes_timer_;
    Timer rotation_timer_;
    Timer flush_timer_;
    bool flush_scheduled_ = false;
    Timer work_timer_;
};

}  // namespace torii::monitoring
