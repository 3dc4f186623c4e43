#include "dataplane/pipeline/access_batch.h"
#include "dataplane/pipeline/burst.h"
#include "dataplane/pipeline/plain.h"

#include <bit>

namespace torii::pipeline {
namespace {

// A member that leads nowhere: the stages look at the packet once more.
constexpr fib::Member kNowhere{};

bool is_ip(const std::uint8_t* frame) {
    const std::uint16_t type = packet::ether_type(frame);
    return type == packet::kEtherIpv4 || type == packet::kEtherIpv6;
}

}  // namespace

void Pipeline::Burst::refuse(std::size_t index, DropReason reason, AccessAction action) {
    if (action == AccessAction::reject) {
        drop_and_answer(index, reason, {IcmpErrorKind::prohibited});
    } else {
        drop(index, reason);
    }
}

// Before anything else is known of them, also for the router's own packets. What comes again after
// it was held was let in before. Those that are refused go to the end of the burst.
void Pipeline::Burst::filter_input() {
    AccessBatch batch;
    for (std::size_t index = 0; index < packets.size(); ++index) {
        const Packet& packet = packets[index];
        const bool readable = (packet.flags & (packet::kSegmented | packet::kHeld)) == 0 &&
                              packet.length > packet::kEthernetSize && is_ip(packet.data);
        if (readable) batch.add(index, ip_header(index), ip_octets(index));
    }
    std::array<AccessAction, kBurst> actions{};
    std::size_t refused = 0;
    for (const AccessBatch::Judgement& judgement : batch.judge(*port.acl_in)) {
        port.acl_in->count(pipeline.worker_, judgement.found);
        if (tracing != nullptr) {
            note_access(judgement.index, *port.acl_in, judgement.found, judgement.action, true);
        }
        actions[judgement.index] = judgement.action;
        if (judgement.action != AccessAction::accept) ++refused;
    }
    if (refused == 0) return;
    std::array<Packet, kBurst> sorted;
    std::array<AccessAction, kBurst> sorted_actions{};
    std::array<std::uint32_t, kBurst> numbers{};
    std::size_t front = 0;
    std::size_t back = packets.size() - refused;
    for (std::size_t index = 0; index < packets.size(); ++index) {
        const std::size_t place = actions[index] == AccessAction::accept ? front++ : back++;
        sorted[place] = packets[index];
        sorted_actions[place] = actions[index];
        if (tracing != nullptr) numbers[place] = tracing->numbers[index];
    }
    if (tracing != nullptr) tracing->numbers = numbers;
    std::copy_n(sorted.begin(), packets.size(), packets.begin());
    for (std::size_t index = front; index < packets.size(); ++index) {
        packets[index].l3_offset = packet::kEthernetSize;
        refuse(index, DropReason::acl_in, sorted_actions[index]);
    }
    pipeline.counters_.ports[packets[0].in_port].received.add(refused);
    packets = packets.first(front);
}

bool Pipeline::Burst::passes_output(std::size_t index, PortId out_port) {
    AccessBatch batch;
    const AccessList& list = *settings.ports[out_port].acl_out;
    batch.add(index, ip_header(index), ip_octets(index));
    for (const AccessBatch::Judgement& judgement : batch.judge(list)) {
        // What was held was counted then.
        if ((packets[index].flags & packet::kHeld) == 0) {
            list.count(pipeline.worker_, judgement.found);
        }
        if (tracing != nullptr) {
            note_access(index, list, judgement.found, judgement.action, false);
        }
        if (judgement.action == AccessAction::accept) return true;
        refuse(index, DropReason::acl_out, judgement.action);
        return false;
    }
    return true;
}

// The stages decide about those that are refused, and count them.
void Pipeline::Burst::filter_plain_output(Plain& work) {
    std::uint64_t ports = 0;
    const auto filtered = [&](const fib::Member& member) {
        return settings.filtered_ports & std::uint64_t{member.port < kMaxPorts}
                                             << (member.port % kMaxPorts);
    };
    for (std::size_t entry = 0; entry < work.count; ++entry) {
        work.found[entry] = 0;
        ports |= filtered(*work.members[entry]);
    }
    for (; ports != 0; ports &= ports - 1) {
        const auto out_port = static_cast<PortId>(std::countr_zero(ports));
        const AccessList& list = *settings.ports[out_port].acl_out;
        AccessBatch batch;
        for (std::size_t entry = 0; entry < work.count; ++entry) {
            if (work.members[entry]->port != out_port) continue;
            batch.add(entry, work.frames[entry] + packet::kEthernetSize,
                      work.lengths[entry] - packet::kEthernetSize);
        }
        for (const AccessBatch::Judgement& judgement : batch.judge(list)) {
            if (judgement.action == AccessAction::accept) {
                work.found[judgement.index] = judgement.found + 1;
            } else {
                work.members[judgement.index] = &kNowhere;
            }
        }
    }
}

// Those that were accepted and are on their way.
void Pipeline::Burst::count_plain_output(const Plain& work) {
    for (std::size_t entry = 0; entry < work.count; ++entry) {
        if (work.found[entry] == 0) continue;
        const AccessList& list = *settings.ports[work.members[entry]->port].acl_out;
        list.count(pipeline.worker_, work.found[entry] - 1);
    }
}

}  // namespace torii::pipeline
