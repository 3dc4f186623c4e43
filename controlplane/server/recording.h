#pragma once

#include "controlplane/monitoring/bmp_monitor.h"
#include "controlplane/monitoring/mrt_recorder.h"
#include "controlplane/speaker/session_observer.h"
#include "controlplane/speaker/socket_transport.h"
#include "platform/base/result.h"
#include "platform/runtime/event_loop.h"

#include <platform/ipc/proto/config.pb.h>
#include <string>

namespace torii::controlplane {

// Who is told what BGP learns, for the record.
struct RecordingSettings {
    monitoring::BmpConfig bmp;
    monitoring::MrtConfig mrt;
};
[[nodiscard]] Result<RecordingSettings> read_recording(const ipc::BgpConfig& config);

// BMP stations and MRT files of one speaker, which outlives this.
class Recording {
public:
    Recording(EventLoop& loop, speaker::RouteSource& source);

    void configure(const RecordingSettings& settings, const std::string& hostname);
    [[nodiscard]] const monitoring::BmpMonitor& bmp() const { return bmp_; }
    [[nodiscard]] monitoring::MrtRecorder& mrt() { return mrt_; }
    [[nodiscard]] const monitoring::MrtRecorder& mrt() const { return mrt_; }

private:
    speaker::SocketTransport transport_;
    monitoring::BmpMonitor bmp_;
    monitoring::MrtRecorder mrt_;
};

}  // namespace torii::controlplane
