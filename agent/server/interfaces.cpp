#include "agent/server/interfaces.h"

#include <algorithm>
#include <utility>

namespace torii::agent {

Result<std::unique_ptr<Interfaces>> Interfaces::start(EventLoop& loop,
                                                      std::function<void()> changed) {
    std::unique_ptr<Interfaces> made(new Interfaces(std::move(changed)));
    netlink::MonitorEvents events;
    events.address = [self = made.get()](const netlink::LinkAddress& address, bool removed) {
        self->note_address(address, removed);
    };
    if (auto done = made->follow(loop, std::move(events)); !done) return unexpected(done.error());
    return made;
}

void Interfaces::note_address(const netlink::LinkAddress& address, bool removed) {
    if (removed) {
        addresses_.erase(address);
    } else {
        addresses_.insert(address);
    }
    settle();
}

bool Interfaces::update() {
    std::vector<model::Interface> now;
    for (const auto& [index, link] : links()) {
        model::Interface& made = now.emplace_back();
        made.name = link.name;
        made.mac = link.mac;
        made.up = link.is_up();
        for (const netlink::LinkAddress& entry : addresses_) {
            if (entry.link_index == index) made.addresses.push_back(entry.address.address);
        }
        std::ranges::sort(made.addresses);
    }
    std::ranges::sort(now, {}, &model::Interface::name);
    if (now == interfaces_) return false;
    interfaces_ = std::move(now);
    return true;
}

}  // namespace torii::agent
