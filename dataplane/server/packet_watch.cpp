#include "dataplane/server/packet_watch.h"

#include "dataplane/pipeline/drop_reason.h"
#include "dataplane/pipeline/punt_class.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <string_view>
#include <utility>

namespace torii::dataplane {
namespace {

constexpr std::uint32_t kTraceMax = 200;
constexpr std::uint32_t kCaptureDefault = 1000;
constexpr std::uint32_t kCaptureMax = 10'000'000;
constexpr std::uint64_t kFileMax = 256ULL * 1024 * 1024;
constexpr auto kDrainInterval = std::chrono::milliseconds(10);

Result<std::optional<Prefix>> read_prefix(const std::string& text) {
    if (text.empty()) return std::optional<Prefix>{};
    const Result<Prefix> prefix = Prefix::parse(text);
    if (!prefix) return unexpected(prefix.error());
    return std::optional(*prefix);
}

// A name and no path: it stays in the directory.
Result<std::string> read_file_name(const ipc::StartCapture& message) {
    std::string name = message.file();
    if (name.empty()) name = message.filter().port() + ".pcapng";
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    if (name.size() > 64 || name.front() == '.' || !std::ranges::all_of(name, allowed)) {
        return fail(
            "file \"{}\": a name has up to 64 letters, digits, dots, dashes and "
            "underscores, and no dot in front",
            name);
    }
    return name;
}

std::uint8_t read_points(const ipc::StartCapture& message) {
    std::uint8_t points = 0;
    for (const int point : message.points()) points |= static_cast<std::uint8_t>(1U << point);
    return points != 0 ? points : std::uint8_t{pipeline::kCaptureRx | pipeline::kCaptureTx};
}
static_assert(1U << ipc::CAPTURE_RX == pipeline::kCaptureRx);
static_assert(1U << ipc::CAPTURE_TX == pipeline::kCaptureTx);
static_assert(1U << ipc::CAPTURE_DROP == pipeline::kCaptureDrop);
static_assert(1U << ipc::CAPTURE_PUNT == pipeline::kCapturePunt);

std::string comment_of(const pipeline::CapturedPacket& packet) {
    if (packet.point == pipeline::kCaptureDrop) {
        const auto& row = drop_reason_row(static_cast<pipeline::DropReason>(packet.detail));
        return fmt::format("drop: {}", row.name);
    }
    if (packet.point == pipeline::kCapturePunt) {
        const auto& row = punt_class_row(static_cast<pipeline::PuntClass>(packet.detail));
        return fmt::format("punt: {}", row.name);
    }
    return {};
}

}  // namespace

PacketWatch::PacketWatch(Scheduler& scheduler, std::string directory, Calls calls)
    : scheduler_(scheduler), directory_(std::move(directory)), calls_(std::move(calls)) {}

Result<pipeline::PacketFilter> PacketWatch::read_filter(const ipc::PacketFilter& message) const {
    pipeline::PacketFilter filter;
    if (!message.port().empty()) {
        const std::optional<PortId> port = calls_.port(message.port());
        if (!port) return fail("there is no interface {} with packets", message.port());
        filter.port = *port;
    }
    const std::pair<const std::string&, std::optional<Prefix>&> prefixes[] = {
        {message.host(), filter.host},
        {message.source(), filter.source},
        {message.destination(), filter.destination}};
    for (const auto& [text, into] : prefixes) {
        const auto prefix = read_prefix(text);
        if (!prefix) return unexpected(prefix.error());
        into = *prefix;
    }
    if (message.protocol() > 0xff || message.transport_port() > 0xffff) {
        return fail("a protocol is a number up to 255, a port up to 65535");
    }
    if (message.has_protocol()) filter.protocol = static_cast<std::uint8_t>(message.protocol());
    if (message.has_transport_port()) {
        filter.transport_port = static_cast<std::uint16_t>(message.transport_port());
    }
    return filter;
}

Result<void> PacketWatch::start_trace(const ipc::StartTrace& message, unsigned workers) {
    const std::uint32_t count = std::max(message.count(), 1U);
    if (count > kTraceMax) return fail("{} packets are traced at most", kTraceMax);
    const auto filter = read_filter(message.filter());
    if (!filter) return unexpected(filter.error());
    trace_ = std::make_shared<pipeline::Trace>(*filter, count, workers);
    trace_runs_ = true;
    calls_.publish();
    return {};
}

ipc::Trace PacketWatch::trace(bool stop) {
    ipc::Trace message;
    if (!trace_) return message;
    if (trace_runs_ && (stop || trace_->complete())) {
        trace_runs_ = false;
        calls_.publish();
    }
    message.set_running(trace_runs_);
    message.set_wanted(trace_->wanted());
    message.set_lost(trace_->lost());
    std::map<std::uint32_t, ipc::TracedPacket> packets;
    for (unsigned worker = 0; worker < trace_->workers(); ++worker) {
        for (const pipeline::TraceLine& line : trace_->lines(worker)) {
            ipc::TracedPacket& packet = packets[line.packet];
            packet.set_number(line.packet);
            packet.set_worker(worker);
            ipc::TraceStep& step = *packet.add_steps();
            step.set_stage(line.stage);
            step.set_text(line.text.data());
        }
    }
    for (auto& [number, packet] : packets) *message.add_packets() = std::move(packet);
    return message;
}

Result<void> PacketWatch::start_capture(const ipc::StartCapture& message, unsigned workers) {
    if (file_) return fail("a capture into {} is under way: capture stop", status_.file());
    if (message.filter().port().empty()) return fail("a capture is of one interface");
    if (message.count() > kCaptureMax) return fail("{} packets are captured at most", kCaptureMax);
    const auto filter = read_filter(message.filter());
    if (!filter) return unexpected(filter.error());
    const Result<std::string> name = read_file_name(message);
    if (!name) return unexpected(name.error());
    std::error_code error;
    std::filesystem::create_directories(directory_, error);
    if (error) return fail("cannot make {}: {}", directory_, error.message());
    const std::string path = directory_ + "/" + *name;
    Result<PcapngFile> file = PcapngFile::create(path, message.filter().port());
    if (!file) return unexpected(file.error());
    file_.emplace(std::move(*file));
    const std::uint32_t count = message.count() != 0 ? message.count() : kCaptureDefault;
    const std::uint32_t snap_length =
        message.snap_length() != 0 ? message.snap_length() : ~std::uint32_t{0};
    capture_ = std::make_shared<pipeline::Capture>(*filter, read_points(message), count,
                                                   snap_length, workers);
    status_.Clear();
    status_.set_file(path);
    calls_.publish();
    schedule();
    return {};
}

ipc::CaptureStatus PacketWatch::capture_status() {
    drain();
    ipc::CaptureStatus status = status_;
    if (!capture_) return status;
    status.set_running(file_.has_value());
    status.set_packets(capture_->written());
    status.set_wanted(capture_->wanted());
    status.set_lost(capture_->lost());
    if (file_) status.set_bytes(file_->size());
    return status;
}

ipc::CaptureStatus PacketWatch::stop_capture() {
    drain();
    if (file_) end_capture("was stopped");
    return capture_status();
}

void PacketWatch::drain() {
    if (!file_) return;
    Result<void> written;
    capture_->take_out([&](const pipeline::CapturedPacket& packet) {
        if (!written || file_->size() > kFileMax) return;
        const std::string comment = comment_of(packet);
        written = file_->write({packet.time, packet.length, Bytes(packet.octets).first(packet.kept),
                                packet.point == pipeline::kCaptureTx, comment});
    });
    if (!written) return end_capture("ended: " + written.error().message);
    if (file_->size() > kFileMax) return end_capture("ended: the file has 256 MiB");
    if (capture_->complete()) end_capture("is complete");
}

void PacketWatch::end_capture(const std::string& why) {
    timer_.reset();
    status_.set_ended(why);
    status_.set_bytes(file_->size());
    file_.reset();
    calls_.publish();
}

void PacketWatch::schedule() {
    timer_ = scheduler_.after(kDrainInterval, [this] {
        drain();
        if (file_) schedule();
    });
}

void PacketWatch::fill(pipeline::Settings& settings) const {
    if (trace_runs_) settings.trace = trace_;
    if (file_) settings.capture = capture_;
}

}  // namespace torii::dataplane
