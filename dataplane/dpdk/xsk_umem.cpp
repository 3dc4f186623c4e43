// Stands before libxdp's function of the same name, for the AF_XDP driver that EAL loads. A queue
// that the kernel has not given free yet is set up again (device.cpp). The driver (22.11) passes
// the same rings each time, and libxdp (1.3) resets of them all but how far they were filled: every
// other try the kernel would read what the driver has not written, and hand in packets in a buffer
// that is none.
#include <cerrno>
#include <dlfcn.h>
#include <xdp/xsk.h>

namespace {

using Create = decltype(&xsk_umem__create);

// Loaded with the driver, and so in no scope where RTLD_NEXT would look.
Create find_in_libxdp() {
    void* const library = dlopen("libxdp.so.1", RTLD_LAZY | RTLD_NOLOAD);
    if (library == nullptr) return nullptr;
    return reinterpret_cast<Create>(dlsym(library, "xsk_umem__create"));
}

}  // namespace

extern "C" int xsk_umem__create(xsk_umem** umem, void* area, __u64 size, xsk_ring_prod* fill,
                                xsk_ring_cons* completion, const xsk_umem_config* config) {
    static const Create create = find_in_libxdp();
    if (create == nullptr) return -ENOSYS;
    *fill = {};
    *completion = {};
    return create(umem, area, size, fill, completion, config);
}
