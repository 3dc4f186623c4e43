#include "controlplane/monitoring/bmp_station.h"

#include "platform/base/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace torii::monitoring {
namespace {

constexpr Log kLog("bmp");
constexpr std::uint8_t kTtl = 255;

}  // namespace

BmpStation::BmpStation(BmpStationHost& host, Scheduler& scheduler, speaker::Transport& transport,
                       BmpStationConfig config)
    : host_(host),
      scheduler_(scheduler),
      transport_(transport),
      config_(std::move(config)),
      since_(scheduler.now()) {}

BmpStation::~BmpStation() = default;

void BmpStation::dial() {
    // What a connection needs to know is what a neighbor's does.
    bgp::PeerConfig target;
    target.address = config_.address;
    target.remote_port = config_.port;
    target.local_address = config_.source;
    target.ttl = kTtl;
    enter(State::connecting);
    connection_ = transport_.dial(target, *this);
    timer_ = scheduler_.after(kConnectTime, [this] {
        ++counters_.connect_failures;
        drop("no answer");
    });
}

void BmpStation::enter(State state) {
    state_ = state;
    since_ = scheduler_.now();
}

void BmpStation::connected() {
    timer_.reset();
    ++counters_.connections;
    kLog.info("station={} address={} port={} state=up", config_.name, config_.address,
              config_.port);
    schedule_statistics();
    host_.connected(*this);
}

void BmpStation::begin(const speaker::SharedOctets& octets, std::size_t messages) {
    enter(State::up);
    send(octets, messages);
}

void BmpStation::failed() {
    if (state_ == State::connecting) {
        ++counters_.connect_failures;
        return drop("cannot connect");
    }
    drop("closed by the station");
}

void BmpStation::drop(std::string reason) {
    const bool was_up = state_ == State::up;
    // One that takes connections only to end them is no better than one that refuses them.
    if (was_up && scheduler_.now() - since_ >= kRetryMax) pause_ = kRetryMin;
    if (was_up) {
        kLog.warning("station={} state=down reason=\"{}\" retry={}s", config_.name, reason,
                     pause_.count());
    } else {
        kLog.debug("station={} reason=\"{}\" retry={}s", config_.name, reason, pause_.count());
    }
    last_error_ = std::move(reason);
    connection_.reset();
    jobs_.clear();
    statistics_.reset();
    progress_.reset();
    enter(State::waiting);
    retry_at_ = scheduler_.now() + pause_;
    timer_ = scheduler_.after(pause_, [this] { dial(); });
    pause_ = std::min(2 * pause_, kRetryMax);
}

void BmpStation::stop(const speaker::SharedOctets& farewell) {
    timer_.reset();
    statistics_.reset();
    progress_.reset();
    jobs_.clear();
    if (!connection_) return;
    if (state_ == State::up) {
        connection_->send(farewell);
        connection_->finish();
    }
    connection_.reset();
    enter(State::waiting);
}

void BmpStation::tell(const speaker::SharedOctets& octets, std::size_t messages) {
    if (state_ != State::up) return;
    if (connection_->queued() + octets.size() <= config_.buffer_limit) {
        return send(octets, messages);
    }
    ++counters_.overruns;
    drop(fmt::format("does not keep up: {} octets wait", connection_->queued()));
}

void BmpStation::send(const speaker::SharedOctets& octets, std::size_t messages) {
    if (octets.size() == 0) return;
    counters_.messages += messages;
    counters_.octets += octets.size();
    const std::size_t queued = connection_->queued();
    connection_->send(octets);
    if (connection_->queued() != 0 && queued == 0) watch_progress();
}

// Called when something begins to wait, and whenever some of it has gone.
void BmpStation::watch_progress() {
    progress_ = scheduler_.after(kStalled, [this] {
        ++counters_.overruns;
        drop(fmt::format("took nothing for {} s", kStalled.count()));
    });
}

void BmpStation::advanced() {
    watch_progress();
    if (takes_more()) host_.wants_more();
}

void BmpStation::drained() {
    progress_.reset();
    if (takes_more()) host_.wants_more();
}

void BmpStation::forget(const IpAddress& peer) {
    std::erase_if(jobs_, [&](const Job& job) { return job.peer == peer; });
}

bool BmpStation::takes_more() const {
    return state_ == State::up && !jobs_.empty() && connection_->queued() < kAhead;
}

const speaker::ConnectionInfo* BmpStation::info() const {
    return state_ == State::up ? &connection_->info() : nullptr;
}

void BmpStation::schedule_statistics() {
    if (config_.statistics_interval == Seconds{0}) return;
    statistics_ = scheduler_.after(config_.statistics_interval, [this] {
        schedule_statistics();
        host_.statistics_due(*this);
    });
}

}  // namespace torii::monitoring
