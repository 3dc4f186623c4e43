// What Controlplane answers to those who ask.
#include "controlplane/server/controlplane.h"
#include "controlplane/server/show.h"
#include "platform/linux/program.h"

#include <unistd.h>
#include <utility>

namespace torii::controlplane {

void Controlplane::answer(const ipc::ControlplaneRequest& request, const Reply& reply) {
    if (request.has_dump_bgp() && recording_ != nullptr) return dump_bgp(request, reply);
    ipc::ControlplaneReply answer;
    answer.set_id(request.id());
    if (request.has_configure()) {
        configure(request.configure(), answer);
    } else {
        answer_show(request, answer);
    }
    reply(answer);
}

void Controlplane::dump_bgp(const ipc::ControlplaneRequest& request, const Reply& reply) {
    recording_->mrt().dump(request.dump_bgp().file(),
                           [reply, id = request.id()](const Result<ipc::MrtWritten>& written) {
                               ipc::ControlplaneReply answer;
                               answer.set_id(id);
                               if (written) {
                                   *answer.mutable_mrt_written() = *written;
                               } else {
                                   answer.set_error(written.error().message);
                               }
                               reply(answer);
                           });
}

ipc::ControlplaneStatus Controlplane::status() const {
    ipc::ControlplaneStatus status;
    status.set_config_version(config_version_);
    status.set_dataplane_connected(fib_client_.connected());
    status.set_fib_version_sent(fib_.version_sent());
    status.set_fib_version_acknowledged(fib_.version_acknowledged());
    status.set_started_unix_seconds(started_unix_seconds_);
    status.set_bgp_routes(rib_.bgp_routes());
    status.set_kernel_bgp_routes(mirror_.bgp_routes());
    status.set_kernel_bgp_limit(kernel_limit_.limit());
    status.set_kernel_bgp_limit_exceeded(kernel_limit_.exceeded());
    status.set_resident_memory(resident_memory());
    status.set_process_id(static_cast<std::uint32_t>(::getpid()));
    status.set_cpu_milliseconds(static_cast<std::uint64_t>(cpu_time().count()));
    return status;
}

void Controlplane::session_changed(const IpAddress& peer, bool up) const {
    if (!tell_ || speaker_ == nullptr) return;
    ipc::ControlplaneReply event;
    for (const ipc::BgpNeighborState& neighbor : speaker_->neighbors(peer)) {
        *event.mutable_bgp_neighbor_changed() = show_neighbor_change(neighbor, up);
    }
    tell_(event);
}

ipc::BgpSummary Controlplane::summary(bgp::Family family) const {
    ipc::BgpSummary summary = speaker_->summary(family);
    summary.set_peer_groups(settings_.bgp->peer_groups);
    return summary;
}

namespace {

// The value into the reply's body, or the error.
template <class T>
void put(Result<T> result, T& body, ipc::ControlplaneReply& reply) {
    if (result) {
        body = std::move(*result);
    } else {
        reply.clear_body();
        reply.set_error(result.error().message);
    }
}

}  // namespace

void Controlplane::answer_show(const ipc::ControlplaneRequest& request,
                               ipc::ControlplaneReply& reply) {
    using Request = ipc::ControlplaneRequest;
    if (request.body_case() == Request::kGetStatus) {
        *reply.mutable_status() = status();
        return;
    }
    if (request.body_case() == Request::kGetRoutes) {
        return put(show_routes(rib_, fib_, walks_, loop_.now(), request.get_routes()),
                   *reply.mutable_routes(), reply);
    }
    if (request.body_case() == Request::kGetPolicies) {
        const auto library = speaker_ == nullptr ? nullptr : speaker_->policies();
        *reply.mutable_policies() = show_policies(policies_, library.get());
        return;
    }
    if (request.body_case() != Request::BODY_NOT_SET && speaker_ == nullptr) {
        reply.set_error("BGP is not configured");
        return;
    }
    switch (request.body_case()) {
        case Request::kGetBgpSummary: {
            const bool ipv6 = request.get_bgp_summary().family() == ipc::IPV6_UNICAST;
            *reply.mutable_bgp_summary() =
                summary(ipv6 ? bgp::Family::ipv6_unicast : bgp::Family::ipv4_unicast);
            return;
        }
        case Request::kGetBgpNeighbors:
            return put(show_bgp_neighbors(*speaker_, request.get_bgp_neighbors()),
                       *reply.mutable_bgp_neighbors(), reply);
        case Request::kGetBgpTable:
            return put(show_bgp_table(*speaker_, walks_, request.get_bgp_table()),
                       *reply.mutable_bgp_table(), reply);
        case Request::kGetBmp: *reply.mutable_bmp_stations() = recording_->bmp().stations(); return;
        case Request::kGetMrt: *reply.mutable_mrt_state() = recording_->mrt().state(); return;
        case Request::kClearBgp:
            return put(clear_bgp(*speaker_, request.clear_bgp()), *reply.mutable_bgp_cleared(),
                       reply);
        case Request::kGetBgpNeighborRoutes:
            return put(show_neighbor_routes(*speaker_, walks_, request.get_bgp_neighbor_routes()),
                       *reply.mutable_bgp_table(), reply);
        default: reply.set_error("unknown request");
    }
}

}  // namespace torii::controlplane
