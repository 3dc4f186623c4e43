#include "dataplane/server/xdp_pass.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace torii::dataplane {
namespace {

int bpf(bpf_cmd command, bpf_attr& attributes) {
    return static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

std::uint64_t address_of(const void* object) {
    return reinterpret_cast<std::uintptr_t>(object);
}

int load_program() {
    const std::array<bpf_insn, 2> program{
        bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, XDP_PASS},
        bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    };
    const char license[] = "Dual BSD/GPL";
    bpf_attr attributes{};
    attributes.prog_type = BPF_PROG_TYPE_XDP;
    attributes.insns = address_of(program.data());
    attributes.insn_cnt = program.size();
    attributes.license = address_of(&license);
    return bpf(BPF_PROG_LOAD, attributes);
}

}  // namespace

Result<XdpPass> XdpPass::attach(std::uint32_t link_index) {
    const int program = load_program();
    if (program < 0) return fail("cannot load an XDP program: {}", std::strerror(errno));
    bpf_attr attributes{};
    attributes.link_create.prog_fd = static_cast<std::uint32_t>(program);
    attributes.link_create.target_ifindex = link_index;
    attributes.link_create.attach_type = BPF_XDP;
    // In the driver only: elsewhere it changes nothing about segmentation.
    attributes.link_create.flags = XDP_FLAGS_DRV_MODE;
    const int link = bpf(BPF_LINK_CREATE, attributes);
    const int error = errno;
    ::close(program);
    if (link < 0) return fail("cannot attach an XDP program: {}", std::strerror(error));
    return XdpPass(link);
}

XdpPass& XdpPass::operator=(XdpPass&& other) noexcept {
    std::swap(link_, other.link_);
    return *this;
}

XdpPass::~XdpPass() {
    if (link_ >= 0) ::close(link_);
}

}  // namespace torii::dataplane
