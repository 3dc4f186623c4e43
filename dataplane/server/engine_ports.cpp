#include "dataplane/server/engine.h"
#include "platform/base/log.h"

#include <algorithm>
#include <utility>

namespace torii::dataplane {
namespace {

const Log kLog("port");

// How often the links are looked at that no netlink message tells about.
constexpr auto kLinkInterval = std::chrono::milliseconds(500);

bool contains(const std::vector<PortSpec>& specs, const PortSpec& spec) {
    return std::ranges::find(specs, spec) != specs.end();
}

}  // namespace

Result<void> Engine::change_ports(const std::vector<PortSpec>& wanted) {
    std::vector<PortSpec> gone;
    std::vector<PortSpec> added;
    std::vector<PortSpec> kept;
    for (Port* port : ports_.all()) {
        (contains(wanted, port->spec) ? kept : gone).push_back(port->spec);
    }
    for (const PortSpec& spec : wanted) {
        if (!contains(kept, spec)) added.push_back(spec);
    }
    if (gone.empty() && added.empty()) return {};
    for (const PortSpec& spec : gone) remove_port(*ports_.find(spec.name));
    const Result<void> done = add_ports(added);
    if (!done) {
        // As before the request. What worked a moment ago is expected to work again.
        if (const auto back = add_ports(gone); !back) {
            kLog.error("cannot be taken back: {}", back.error().message);
        }
    }
    worker_->set_ports(ports_.worker_ports());
    bind_next_hops();
    publish_settings();
    if (done) remove_taps(gone, wanted);
    poll_links();
    ports_changed_();
    return done;
}

Result<void> Engine::add_ports(const std::vector<PortSpec>& specs) {
    std::vector<Port*> added;
    for (const PortSpec& spec : specs) {
        const Result<Port*> port = ports_.add(spec, *pool_, *requests_);
        if (!port) {
            for (Port* one : added) remove_port(*one);
            return unexpected(port.error());
        }
        added.push_back(*port);
    }
    for (Port* port : added) {
        table_.set_port(port->id, port->mac, port->spec.mtu);
        port->punt->start(loop_, *pool_,
                          {[this, id = port->id](packet::Packet packet) {
                               packet.verdict = packet::Verdict::forward;
                               packet.out_port = id;
                               hand_in({packet, {}, kNoPort});
                           },
                           [this] { worker_->wake(); }});
        // The first word about the carrier; afterwards changes are told.
        const auto link = requests_->link(port->spec.device);
        const bool up = port->host_device ? link && link->carrier : port->device->link_up();
        port->link_up = !up;
        set_link(*port, up);
        neighbors_->add_port(port->id, port->punt->ifindex());
        kLog.info("added port={} driver={} device={} mac={}", port->spec.name,
                  driver_name(port->spec.driver), port->spec.device, port->mac.to_string());
    }
    return {};
}

// The order matters: nobody may refer to the device when it goes.
void Engine::remove_port(Port& port) {
    const std::string name = port.spec.name;
    worker_->set_ports(ports_.worker_ports(port.id));
    drain();
    neighbors_->remove_port(port.id);
    ports_.remove(port.id);
    bind_next_hops();
    kLog.info("removed port={}", name);
}

// A port that is to be no more takes its TAP with it; one that only changed keeps it.
void Engine::remove_taps(const std::vector<PortSpec>& gone, const std::vector<PortSpec>& wanted) {
    for (const PortSpec& spec : gone) {
        if (std::ranges::find(wanted, spec.name, &PortSpec::name) != wanted.end()) continue;
        Result<Tap> tap = Tap::open(spec.name);
        const Result<void> removed = tap ? tap->remove() : unexpected(tap.error());
        if (!removed) kLog.warning("{}", removed.error().message);
    }
}

// Next hops whose interface is another port now, or none.
void Engine::bind_next_hops() {
    fib::FibTransaction transaction;
    for (fib::NextHop next_hop : table_.next_hops()) {
        const Port* port = next_hop.interface.empty() ? nullptr : ports_.find(next_hop.interface);
        const PortId id = port == nullptr ? kNoPort : port->id;
        if (std::exchange(next_hop.port, id) != id) transaction.next_hops.push_back(next_hop);
    }
    if (transaction.next_hops.empty()) return;
    if (const auto bound = table_.apply(transaction); !bound) {
        kLog.error("{}", bound.error().message);
    }
    neighbors_->probe_unresolved();
    reclaim();
}

void Engine::publish_settings() {
    pipeline::Settings settings;
    settings.hashing = config_.hashing;
    settings.icmp_errors_per_second = config_.icmp_errors_per_second;
    for (const Port* port : ports_.all()) {
        pipeline::PortSettings& one = settings.ports.at(port->id);
        one.enabled = true;
        // Software ports tell nothing about checksums that the sender left to its hardware.
        one.repair_checksums = port->spec.driver != Driver::pci;
        const auto validation = config_.source_validation.find(port->spec.name);
        if (validation != config_.source_validation.end()) {
            one.source_validation = validation->second;
        }
        one.mac = port->mac;
        one.addresses = kernel_.addresses(port->punt->ifindex());
    }
    pipeline::lend_addresses(settings);
    settings_.publish(std::move(settings));
    reclaim();
}

void Engine::on_link(const netlink::Link& link, bool) {
    Port* port = ports_.find_host_device(link.name);
    if (port == nullptr) return;
    // Attaching takes its time: what the message says may long be over.
    const auto now = requests_->link(link.name);
    set_link(*port, now && now->carrier);
}

void Engine::set_link(Port& port, bool up) {
    if (std::exchange(port.link_up, up) == up) return;
    kLog.info("link port={} state={}", port.spec.name, up ? "up" : "down");
    if (const auto set = port.punt->set_carrier(up); !set) {
        kLog.warning("{}", set.error().message);
    }
    ports_changed_();
}

void Engine::poll_links() {
    bool any = false;
    for (Port* port : ports_.all()) {
        if (port->host_device) continue;
        any = true;
        set_link(*port, port->device->link_up());
    }
    if (any) link_timer_ = loop_.after(kLinkInterval, [this] { poll_links(); });
}

}  // namespace torii::dataplane
