#include "collector.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace torii::sim {

class Collector::Line final : public speaker::Connection {
public:
    Line(Collector& collector, speaker::ConnectionHandler& told)
        : handler(&told), collector_(collector) {
        info_.local = IpAddress::v4(0x0a000001);
    }
    ~Line() override {
        if (collector_.line_ == this) collector_.line_ = nullptr;
    }
    void start(speaker::ConnectionHandler&, const bgp::PeerConfig&) override {}
    void send(speaker::SharedOctets octets) override {
        if (collector_.reads) return collector_.take(octets.view());
        const Bytes view = octets.view();
        collector_.waiting_.insert(collector_.waiting_.end(), view.begin(), view.end());
    }
    [[nodiscard]] std::size_t queued() const override { return collector_.waiting_.size(); }
    void finish() override { handler = nullptr; }
    [[nodiscard]] const speaker::ConnectionInfo& info() const override { return info_; }

    speaker::ConnectionHandler* handler;
    Timer answer;

private:
    Collector& collector_;
    speaker::ConnectionInfo info_;
};

std::unique_ptr<speaker::Connection> Collector::dial(const bgp::PeerConfig& peer,
                                                     speaker::ConnectionHandler& handler) {
    dialed.push_back(world_.now());
    target = peer;
    waiting_.clear();
    partial_.clear();
    told.clear();
    routes.clear();
    auto line = std::make_unique<Line>(*this, handler);
    line_ = line.get();
    line_->answer = world_.after(Duration{0}, [this] {
        if (line_ == nullptr) return;
        if (accepts) return line_->handler->connected();
        hang_up();
    });
    return line;
}

void Collector::hang_up() {
    if (line_ == nullptr) return;
    if (auto* const handler = std::exchange(line_->handler, nullptr)) handler->failed();
}

void Collector::read(std::size_t size) {
    size = std::min(size, waiting_.size());
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
    const std::vector<std::uint8_t> octets(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    take(octets);
    if (line_ == nullptr || line_->handler == nullptr || size == 0) return;
    waiting_.empty() ? line_->handler->drained() : line_->handler->advanced();
}

void Collector::take(Bytes octets) {
    partial_.insert(partial_.end(), octets.begin(), octets.end());
    std::size_t done = 0;
    while (partial_.size() - done >= 6) {
        const Bytes rest = Bytes(partial_).subspan(done);
        ByteReader in(rest);
        if (in.u8() != 3) {
            told.emplace_back("not a BMP message");
            break;
        }
        const std::uint32_t size = in.u32();
        if (rest.size() < size) break;
        hear(rest.first(size));
        done += size;
    }
    partial_.erase(partial_.begin(), partial_.begin() + static_cast<std::ptrdiff_t>(done));
}

void Collector::hear(Bytes message) {
    ByteReader in(message.subspan(5));
    const unsigned type = in.u8();
    if (type == 4) {
        in.take(2);
        in.take(in.u16());  // the description
        in.take(2);
        const Bytes name = in.take(in.u16());
        return told.push_back("initiation " + std::string(name.begin(), name.end()));
    }
    if (type == 5) {
        ended = true;
        return told.push_back("termination");
    }
    in.take(1);
    const bool v6 = (in.u8() & 0x80U) != 0;
    in.take(8);
    const Bytes octets = in.take(16);
    const std::string peer = v6 ? "ipv6" : fmt::format("{}", fmt::join(octets.subspan(12), "."));
    const std::uint32_t as = in.u32();
    in.take(12);
    const Bytes rest = in.rest();
    ByteReader body(rest);
    switch (type) {
        case 0: return hear_update(peer, rest);
        case 1: {
            std::string text = "statistics " + peer;
            for (std::uint32_t count = body.u32(); count != 0; --count) {
                const unsigned what = body.u16();
                ByteReader value(body.take(body.u16()));
                if (what == 7) text += fmt::format(" routes {}", value.u64());
                if (what == 11) text += fmt::format(" errors {}", value.u32());
            }
            return told.push_back(text);
        }
        case 2:
            routes.erase(peer);
            return told.push_back(fmt::format("down {} reason {}", peer, body.u8()));
        case 3: {
            const Bytes opens = rest.subspan(20);
            last_up.assign(opens.begin(), opens.end());
            routes[peer];
            return told.push_back(fmt::format("up {} as {}", peer, as));
        }
        default: told.push_back(fmt::format("unknown type {}", type));
    }
}

void Collector::hear_update(const std::string& peer, Bytes update) {
    if (!routes.contains(peer)) told.push_back("of a peer that is down: " + peer);
    const auto decoded = bgp::decode(update, {});
    if (!decoded) return told.push_back("not a BGP message");
    const auto& message = std::get<bgp::Update>(*decoded);
    for (const bgp::Unreach& unreach : message.withdrawn) {
        for (const Prefix& route : unreach.prefixes) {
            told.push_back(fmt::format("{} -{}", peer, route));
            routes[peer].erase(route.to_string());
        }
    }
    for (const bgp::Reach& reach : message.announced) {
        for (const Prefix& route : reach.prefixes) {
            told.push_back(fmt::format("{} +{}", peer, route));
            routes[peer].insert(route.to_string());
        }
    }
    if (message.end_of_rib) {
        told.push_back(fmt::format("{} end {}", peer, bgp::family_name(*message.end_of_rib)));
    }
}

}  // namespace torii::sim
