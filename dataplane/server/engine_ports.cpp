#include "dataplane/server/engine.h"
#include "platform/base/log.h"

#include <algorithm>
#include <utility>

namespace torii::dataplane {
namespace {

const Log kLog("port");

// How often the links are looked at that no netlink message tells about.
constexpr auto kLinkInterval = std::chrono::milliseconds(500);

// Ports before their VLANs.
std::vector<PortSpec> parents_first(std::vector<PortSpec> specs) {
    std::stable_partition(specs.begin(), specs.end(),
                          [](const PortSpec& spec) { return !spec.is_vlan(); });
    return specs;
}

bool contains(const std::vector<PortSpec>& specs, const PortSpec& spec) {
    return std::ranges::find(specs, spec) != specs.end();
}

}  // namespace

Result<void> Engine::change_ports(const std::vector<PortSpec>& wanted) {
    std::vector<PortSpec> gone;
    std::vector<PortSpec> added;
    std::vector<PortSpec> kept;
    for (Port* port : ports_.all()) {
        // A VLAN ends with its port, be it to come again.
        const Port* device = port->is_vlan() ? ports_.find(port->spec.device) : port;
        const bool stays = contains(wanted, port->spec) && contains(wanted, device->spec);
        (stays ? kept : gone).push_back(port->spec);
    }
    for (const PortSpec& spec : wanted) {
        if (!contains(kept, spec)) added.push_back(spec);
    }
    detached_.clear();  // what is still wanted of it is added
    if (gone.empty() && added.empty()) return {};
    gone = parents_first(std::move(gone));
    added = parents_first(std::move(added));
    remove_ports(gone);
    const Result<void> done = add_ports(added);
    if (!done) {
        // As before the request. What worked a moment ago is expected to work again.
        if (const auto back = add_ports(gone); !back) {
            kLog.error("cannot be taken back: {}", back.error().message);
        }
    }
    if (done) remove_taps(gone, wanted);
    ports_have_changed();
    return done;
}

void Engine::give_ports_to_workers(PortId without) {
    for (unsigned index = 0; index < workers_.size(); ++index) {
        workers_[index]->worker->set_ports(ports_.worker_ports(index, without));
    }
}

void Engine::ports_have_changed() {
    give_ports_to_workers();
    bind_next_hops();
    publish_settings();
    poll_links();
    ports_changed_();
}

Result<void> Engine::add_ports(const std::vector<PortSpec>& specs) {
    std::vector<Port*> added;
    for (const PortSpec& spec : specs) {
        const Result<Port*> port = ports_.add(spec, *pool_, *requests_);
        if (!port) {
            while (!added.empty()) {
                remove_port(*added.back());
                added.pop_back();
            }
            return unexpected(port.error());
        }
        added.push_back(*port);
    }
    for (Port* port : added) {
        table_.set_port(port->id, port->mac, port->spec.mtu);
        port->punt->start(loop_, *pool_,
                          {[this, id = port->id](packet::Packet packet) {
                               if (prober_->is_own({packet.data, packet.length})) {
                                   return release(packet);
                               }
                               packet.verdict = packet::Verdict::forward;
                               packet.out_port = id;
                               hand_in({packet, {}, kNoPort});
                           },
                           [this, id = port->id] { worker_of(id).wake(); }});
        // The first word about the carrier; afterwards changes are told.
        const bool up = finds_link_up(*port);
        port->link_up = !up;
        set_link(*port, up);
        kLog.info("added port={} driver={} device={} mac={}", port->spec.name,
                  driver_name(port->spec.driver), port->spec.device, port->mac.to_string());
    }
    return {};
}

// Those that are there, VLANs before their ports.
void Engine::remove_ports(std::vector<PortSpec> specs) {
    std::ranges::reverse(specs = parents_first(std::move(specs)));
    for (const PortSpec& spec : specs) {
        if (Port* port = ports_.find(spec.name)) remove_port(*port);
    }
}

// The order matters: nobody may refer to the device when it goes.
void Engine::remove_port(Port& port) {
    const std::string name = port.spec.name;
    give_ports_to_workers(port.id);
    drain_all();
    neighbors_->remove_port(port.id);
    table_.remove_port(port.id);
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
    settings.allowances = config_.allowances;
    for (const Port* port : ports_.all()) {
        pipeline::PortSettings& one = settings.ports.at(port->id);
        one.name = port->spec.name;
        one.enabled = true;
        // Software ports tell nothing about checksums that the sender left to its hardware.
        const Port& device = port->is_vlan() ? *ports_.find(port->spec.device) : *port;
        one.repair_checksums = device.spec.driver != Driver::pci;
        one.is_vlan = port->is_vlan();
        const auto validation = config_.source_validation.find(port->spec.name);
        if (validation != config_.source_validation.end()) {
            one.source_validation = validation->second;
        }
        const auto unreachables = config_.unreachables.find(port->spec.name);
        if (unreachables != config_.unreachables.end()) one.unreachables = unreachables->second;
        const auto access = config_.access_of_ports.find(port->spec.name);
        if (access != config_.access_of_ports.end()) {
            one.acl_in = access_lists_.find(access->second.in);
            one.acl_out = access_lists_.find(access->second.out);
        }
        one.mac = port->mac;
        one.addresses = kernel_.addresses(port->punt->ifindex());
    }
    packet_watch_.fill(settings);
    pipeline::lend_addresses(settings);
    settings_.publish(std::move(settings));
    reclaim();
}

void Engine::on_link(const netlink::Link& link, bool) {
    Port* port = ports_.find_host_device(link.name);
    if (port == nullptr) return;
    // Attaching takes its time: what the message says may long be over.
    const auto now = requests_->link(link.name);
    const bool same = now && now->index == port->host_device->ifindex();
    set_link(*port, same && now->carrier);
    if (now && !same) {
        returned_timer_ = loop_.after(Duration::zero(), [this] { attach_returned(); });
    }
}

// Kernel interfaces that went away, and others of their names that have come.
void Engine::attach_returned() {
    std::vector<PortSpec> specs = std::exchange(detached_, {});
    for (const Port* port : ports_.all()) {
        if (!port->host_device) continue;
        const auto now = requests_->link(port->host_device->name());
        if (!now || now->index == port->host_device->ifindex()) continue;
        specs.push_back(port->spec);
        for (const Port* vlan : ports_.vlans_of(*port)) specs.push_back(vlan->spec);
    }
    specs = parents_first(std::move(specs));
    remove_ports(specs);
    for (const PortSpec& spec : specs) {
        const Result<void> added = add_ports({spec});
        if (added) continue;
        kLog.warning("{}; it is tried again", added.error().message);
        detached_.push_back(spec);
    }
    ports_have_changed();
    if (detached_.empty()) return;
    returned_timer_ = loop_.after(kLinkInterval, [this] { attach_returned(); });
}

bool Engine::finds_link_up(const Port& port) {
    if (port.is_vlan()) return ports_.find(port.spec.device)->link_up;
    if (!port.host_device) return port.device->link_up();
    const auto link = requests_->link(port.spec.device);
    return link && link->carrier;
}

// With it the VLANs of the port.
void Engine::set_link(Port& port, bool up) {
    if (std::exchange(port.link_up, up) == up) return;
    kLog.info("link port={} state={}", port.spec.name, up ? "up" : "down");
    if (const auto set = port.punt->set_carrier(up); !set) {
        kLog.warning("{}", set.error().message);
    }
    // The kernel takes up to a second to forget who was there.
    if (up) {
        neighbors_->add_port(port.id, port.punt->ifindex());
    } else {
        neighbors_->forget(port.id);
    }
    reclaim();
    for (Port* vlan : ports_.vlans_of(port)) set_link(*vlan, up);
    ports_changed_();
}

void Engine::poll_links() {
    bool any = false;
    for (Port* port : ports_.all()) {
        if (port->host_device || port->is_vlan()) continue;
        any = true;
        set_link(*port, port->device->link_up());
    }
    if (any) link_timer_ = loop_.after(kLinkInterval, [this] { poll_links(); });
}

}  // namespace torii::dataplane
