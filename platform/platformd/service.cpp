#include "platform/platformd/service.h"

#include "platform/base/durable_file.h"
#include "platform/base/log.h"
#include "platform/base/utc.h"
#include "platform/linux/interface_addresses.h"
#include "platform/linux/program.h"
#include "platform/linux/tap_setup.h"
#include "platform/machine/plan.h"
#include "platform/platformd/report.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace torii::platformd {
namespace {

constexpr Log kLog("service");
constexpr unsigned kSocketMode = 0660;

// One of each interface that has any. Link-local ones of IPv6 come by themselves.
machine::Addresses address_of_each() {
    machine::Addresses addresses;
    for (const LocalAddress& local : local_addresses()) {
        const IpAddress& address = local.address.address;
        if (address.is_v6() && address.is_link_local()) continue;
        addresses.emplace(local.interface, address.to_string());
    }
    return addresses;
}

}  // namespace

Service::Service(EventLoop& loop, std::string run_dir, const machine::Roots& roots,
                 ServiceRights rights, machine::WriteFile write)
    : loop_(loop),
      run_dir_(std::move(run_dir)),
      started_(unix_seconds()),
      hardware_(roots, std::move(write)),
      devices_(hardware_, address_of_each),
      rights_(std::move(rights)) {}

Result<void> Service::start() {
    resume();
    reserve();
    auto server = Server::listen(
        loop_, run_dir_ + "/platform.sock", kSocketMode,
        [this](const ipc::PlatformRequest& request, const Server::SessionPtr& session) {
            const auto& peer = session->peer();
            auto reply = answer(request, peer ? Holder{peer->pid, peer->user} : Holder{});
            if (!reply) {
                kLog.warning("refused: {}", reply.error().message);
                ipc::PlatformReply refusal;
                refusal.set_error(reply.error().message);
                reply = std::move(refusal);
            }
            reply->set_id(request.id());
            session->send(*reply);
        });
    if (!server) return unexpected(server.error());
    server_ = std::move(*server);
    save();
    return {};
}

void Service::stop() {
    if (const auto done = devices_.give_back_all(); !done) {
        kLog.warning("{}", done.error().message);
    }
    save();
}

Result<ipc::PlatformReply> Service::answer(const ipc::PlatformRequest& request,
                                           const Holder& asking) {
    ipc::PlatformReply reply;
    if (request.has_get_platform()) {
        *reply.mutable_platform() = describe_now();
        return reply;
    }
    if (request.has_set_up_tap()) return set_up_tap(request.set_up_tap(), asking);
    if (!request.has_take_devices()) {
        return fail("torii-platformd does not know the request: are all of the same version?");
    }
    return take(request.take_devices(), asking);
}

Result<ipc::PlatformReply> Service::set_up_tap(const ipc::SetUpTap& wanted, const Holder& asking) {
    if (asking.process != devices_.holder().process) {
        return fail("TAPs are made for process {}, which has the ports, and for no other",
                    devices_.holder().process);
    }
    PortTap tap{wanted.name(), MacAddress{}, wanted.mtu()};
    if (wanted.mac().size() != tap.mac.octets.size()) return fail("a MAC has six octets");
    std::ranges::copy(wanted.mac(), tap.mac.octets.begin());
    auto requests = netlink::Requests::open();
    if (!requests) return unexpected(requests.error());
    if (const auto done = torii::set_up_tap(tap, asking.user, **requests); !done) {
        return unexpected(done.error());
    }
    return ipc::PlatformReply{};
}

Result<ipc::PlatformReply> Service::take(const ipc::TakeDevices& wanted, const Holder& asking) {
    const std::vector<std::string> cards(wanted.pci().begin(), wanted.pci().end());
    ipc::PlatformReply reply;
    if (wanted.check_only()) {
        if (const auto possible = devices_.check(cards); !possible) {
            return unexpected(possible.error());
        }
        *reply.mutable_plan() = describe_now().plan();
        return reply;
    }
    const Result<void> taken = devices_.take(cards, asking);
    save();
    if (!taken) return unexpected(taken.error());
    const PortKinds kinds{.uio = devices_.has_way(machine::Way::uio),
                          .packet = wanted.packet_ports(),
                          .xdp = wanted.xdp_ports()};
    capabilities_ = capabilities_for(kinds);
    const Result<bool> pending = rights_.grant(kinds, asking.process);
    save();
    if (!pending) return unexpected(pending.error());
    *reply.mutable_plan() = describe_now().plan();
    reply.mutable_plan()->set_rights_pending(*pending);
    return reply;
}

ipc::Platform Service::describe_now() const {
    ipc::Platform platform = describe(machine::read_inventory(hardware_.roots()), devices_);
    platform.set_started_unix_seconds(started_);
    platform.set_process_id(static_cast<std::uint32_t>(::getpid()));
    platform.set_resident_memory(resident_memory());
    platform.set_cpu_milliseconds(static_cast<std::uint64_t>(cpu_time().count()));
    platform.set_holder_process(static_cast<std::int32_t>(devices_.holder().process));
    for (const std::string& name : capabilities_) platform.mutable_plan()->add_capabilities(name);
    if (!memory_note_.empty()) platform.mutable_plan()->add_notes(memory_note_);
    return platform;
}

void Service::resume() {
    const auto text = read_text(run_dir_ + "/platform.json");
    if (!text || !*text) return;
    ipc::Platform before;
    if (!google::protobuf::util::JsonStringToMessage(**text, &before).ok()) {
        return kLog.error("{}/platform.json cannot be read: what was taken stays taken", run_dir_);
    }
    devices_.resume(taken_devices(before), {before.holder_process(), 0});
    const auto& names = before.plan().capabilities();
    capabilities_ = {names.begin(), names.end()};
    kLog.info("goes on devices={}", devices_.taken().size());
}

void Service::reserve() {
    const machine::Inventory inventory = machine::read_inventory(hardware_.roots());
    const auto present =
        hardware_.reserve_hugepages(machine::plan_hugepages_mib(inventory.memory_mib));
    if (present) return kLog.info("reserved hugepages-mib={}", *present);
    memory_note_ = present.error().message;
    kLog.warning("{}", memory_note_);
}

void Service::save() const {
    google::protobuf::util::JsonPrintOptions options;
    options.add_whitespace = true;
    std::string text;
    if (!google::protobuf::util::MessageToJsonString(describe_now(), &text, options).ok()) return;
    auto file =
        DurableFile::write(run_dir_ + "/platform.json", text, {.mode = 0640, .synced = false});
    const Result<void> done = file ? file->publish(false) : unexpected(file.error());
    if (!done) kLog.error("{}", done.error().message);
}

}  // namespace torii::platformd
