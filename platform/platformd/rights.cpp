#include "platform/platformd/rights.h"

#include "platform/base/durable_file.h"
#include "platform/base/log.h"

#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <linux/capability.h>
#include <utility>

namespace torii::platformd {
namespace {

constexpr Log kLog("rights");

struct Capability {
    std::string_view name;
    unsigned bit;
    bool PortKinds::*kind;
};

// A kernel interface that becomes a port is set up: MTU, offloads, filters. Physical addresses are
// in /proc/PID/pagemap. The program of an AF_XDP port is looked up by its
// number for each further queue, bpf(2) BPF_PROG_GET_FD_BY_ID; the one of an AF_PACKET port, which
// keeps the kernel from putting packets together, is only loaded.
constexpr std::array kCapabilities{
    Capability{"CAP_BPF", CAP_BPF, &PortKinds::packet},
    Capability{"CAP_NET_ADMIN", CAP_NET_ADMIN, &PortKinds::packet},
    Capability{"CAP_NET_ADMIN", CAP_NET_ADMIN, &PortKinds::xdp},
    Capability{"CAP_NET_RAW", CAP_NET_RAW, &PortKinds::packet},
    Capability{"CAP_NET_RAW", CAP_NET_RAW, &PortKinds::xdp},
    Capability{"CAP_SYS_ADMIN", CAP_SYS_ADMIN, &PortKinds::uio},
    Capability{"CAP_SYS_ADMIN", CAP_SYS_ADMIN, &PortKinds::xdp},
};

std::vector<Capability> needed(const PortKinds& kinds) {
    std::vector<Capability> out;
    for (const Capability& one : kCapabilities) {
        const bool there = !out.empty() && out.back().bit == one.bit;
        if (kinds.*one.kind && !there) out.push_back(one);
    }
    return out;
}

// The line of proc(5)'s status; none when the process has ended.
std::uint64_t effective_capabilities(const std::string& status) {
    constexpr std::string_view kLine = "\nCapEff:\t";
    const auto at = status.find(kLine);
    if (at == std::string::npos) return 0;
    const char* const from = status.data() + at + kLine.size();
    std::uint64_t bits = 0;
    std::from_chars(from, status.data() + status.size(), bits, 16);
    return bits;
}

}  // namespace

std::vector<std::string> capabilities_for(const PortKinds& kinds) {
    std::vector<std::string> names;
    for (const Capability& one : needed(kinds)) names.emplace_back(one.name);
    return names;
}

std::string service_settings(const PortKinds& kinds) {
    if (kinds == PortKinds{}) return {};
    const auto names = capabilities_for(kinds);
    std::string out = fmt::format(
        "# Written by torii-platformd: what the configured ports need.\n[Service]\n"
        "AmbientCapabilities={0}\nCapabilityBoundingSet={0}\n",
        fmt::join(names, " "));
    if (kinds.packet || kinds.xdp) out += "SystemCallFilter=bpf\n";
    if (kinds.packet) out += "RestrictAddressFamilies=AF_PACKET\n";
    if (kinds.xdp) out += "RestrictAddressFamilies=AF_XDP\n";
    // The registers of a card are files below /sys.
    if (kinds.uio) out += "DeviceAllow=char-uio rw\nReadWritePaths=/sys/devices\n";
    return out;
}

std::vector<std::string> ServiceRights::missing(const PortKinds& kinds, pid_t process) const {
    const auto status = read_text(fmt::format("{}/{}/status", proc_, process));
    const std::uint64_t has = status && *status ? effective_capabilities(**status) : 0;
    std::vector<std::string> names;
    for (const Capability& one : needed(kinds)) {
        if ((has >> one.bit & 1U) == 0) names.emplace_back(one.name);
    }
    return names;
}

Result<bool> ServiceRights::grant(const PortKinds& kinds, pid_t process) {
    if (file_.empty()) return false;
    const std::string wanted = service_settings(kinds);
    const auto present = read_text(file_);
    if (!present) return unexpected(present.error());
    const bool changed = present->value_or("") != wanted;
    if (changed) {
        auto file = DurableFile::write(file_, wanted, {.mode = 0644});
        if (!file) return unexpected(file.error());
        if (const auto done = file->publish(); !done) return unexpected(done.error());
        kLog.info("changed capabilities={}", fmt::join(capabilities_for(kinds), ","));
    }
    const auto names = missing(kinds, process);
    if (changed || (!names.empty() && !reloaded_)) {
        if (const auto done = reload_(); !done) return unexpected(done.error());
        reloaded_ = true;
        told_ = process;
    }
    if (names.empty()) return false;
    if (told_ == process) return true;
    return fail(
        "the packet engine lacks {} although {} gives it that: look at what else its service is "
        "told (systemctl cat torii-dataplane)",
        fmt::join(names, " "), file_);
}

}  // namespace torii::platformd
