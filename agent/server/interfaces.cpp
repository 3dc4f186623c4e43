#include "agent/server/interfaces.h"

#include <algorithm>
#include <utility>

namespace torii::agent {

Result<std::unique_ptr<Interfaces>> Interfaces::start(EventLoop& loop,
                                                      std::function<void()> changed) {
    std::unique_ptr<Interfaces> made(new Interfaces(std::move(changed)));
    Interfaces* self = made.get();
    netlink::MonitorEvents events;
    events.link = [self](const netlink::Link& link, bool removed) {
        self->note_link(link, removed);
    };
    events.address = [self](const netlink::LinkAddress& address, bool removed) {
        self->note_address(address, removed);
    };
    events.dump_begin = [self] {
        self->complete_ = false;
        self->links_.clear();
        self->addresses_.clear();
    };
    events.dump_done = [self] {
        self->complete_ = true;
        self->settle();
    };
    auto monitor = netlink::Monitor::start(loop, std::move(events));
    if (!monitor) return unexpected(monitor.error());
    made->monitor_ = std::move(*monitor);
    return made;
}

void Interfaces::note_link(const netlink::Link& link, bool removed) {
    if (removed) {
        links_.erase(link.index);
    } else {
        links_[link.index] = link;
    }
    settle();
}

void Interfaces::note_address(const netlink::LinkAddress& address, bool removed) {
    if (removed) {
        addresses_.erase(address);
    } else {
        addresses_.insert(address);
    }
    settle();
}

void Interfaces::settle() {
    if (!complete_) return;
    std::vector<model::Interface> now;
    for (const auto& [index, link] : links_) {
        model::Interface& made = now.emplace_back();
        made.name = link.name;
        made.mac = link.mac;
        made.up = link.admin_up && link.carrier;
        for (const netlink::LinkAddress& entry : addresses_) {
            if (entry.link_index == index) made.addresses.push_back(entry.address.address);
        }
        std::ranges::sort(made.addresses);
    }
    std::ranges::sort(now, {}, &model::Interface::name);
    if (now == interfaces_) return;
    interfaces_ = std::move(now);
    changed_();
}

}  // namespace torii::agent
