#pragma once

#include "dataplane/pipeline/capture.h"
#include "dataplane/pipeline/settings.h"
#include "dataplane/pipeline/trace.h"
#include "dataplane/server/pcapng.h"
#include "platform/base/clock.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <platform/ipc/proto/dataplane.pb.h>
#include <string>

namespace torii::dataplane {

// What an operator wants to see of single packets: one trace and one capture at a time. Workers
// find them in the settings.
class PacketWatch {
public:
    struct Calls {
        // Of a port's name; nothing when there is none.
        std::function<std::optional<PortId>(const std::string&)> port;
        // What begins or ends has to be told to the workers: fill() into new settings.
        std::function<void()> publish;
    };

    // Files go to `directory`, which is made when there is one to write.
    PacketWatch(Scheduler& scheduler, std::string directory, Calls calls);

    Result<void> start_trace(const ipc::StartTrace& message, unsigned workers);
    // What there is so far, and ends it when that is asked for.
    ipc::Trace trace(bool stop);

    Result<void> start_capture(const ipc::StartCapture& message, unsigned workers);
    ipc::CaptureStatus capture_status();
    ipc::CaptureStatus stop_capture();

    void fill(pipeline::Settings& settings) const;

private:
    Result<pipeline::PacketFilter> read_filter(const ipc::PacketFilter& message) const;
    // Writes what the workers have copied; ends when there is enough.
    void drain();
    void end_capture(const std::string& why);
    void schedule();

    Scheduler& scheduler_;
    std::string directory_;
    Calls calls_;
    std::shared_ptr<pipeline::Trace> trace_;
    bool trace_runs_ = false;
    std::shared_ptr<pipeline::Capture> capture_;
    std::optional<PcapngFile> file_;  // while the capture runs
    ipc::CaptureStatus status_;
    Timer timer_;
};

}  // namespace torii::dataplane
