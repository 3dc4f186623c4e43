"""The router in a light virtual machine: Debian's kernel, our programs, and nothing else."""

import json
import subprocess
from pathlib import Path

from vm.initramfs import Initramfs

SOURCE_ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
PROGRAMS = ("torii-platformd", "torii-dataplane", "torii-controlplane", "torii-mgmtd", "torii")
MODULES = ("virtio_net", "virtio_pci", "virtio_rng", "tun", "uio_pci_generic", "vfio-pci",
           "vfio_iommu_type1")
# DPDK opens these by itself.
DRIVERS = ("bus_pci", "bus_vdev", "mempool_ring", "net_virtio")
PACKET_ENGINE = 990  # its user and group
CONTROL = 991

INIT = """#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
for module in {modules}; do insmod $module; done
# The kernel unpacks into a folder that all may write to; DPDK opens nothing below such a one.
chmod 755 /
# As udev has it.
chmod 666 /dev/net/tun
mkdir /run/torii
chgrp {group} /run/torii
chmod 3775 /run/torii
ip link set lo up
stty -F /dev/ttyS0 -echo
export PS1= HOME=/root PATH=/bin:/usr/bin
dmesg -n 1
echo READY
# The first process must not end, whatever becomes of the line.
while :; do setsid cttyhack sh; done
"""

# A user without any right, as config/systemd has it, but those that a card needs.
START = """#!/bin/sh
# start-router [CAPABILITY...]: all daemons, each as its service would.
umask 007
caps=-all
for right in "$@"; do caps=$caps,+$right; done
echo "$caps" >/run/dataplane.caps
cd /
wait_for() {{ for _ in $(seq 100); do [ -S $1 ] && return; sleep 0.1; done; echo "no $1"; exit 1; }}
torii-platformd >/run/platformd.log 2>&1 &
echo $! >/run/platformd.pid
wait_for /run/torii/platform.sock
chgrp {group} /run/torii/platform.sock
start-dataplane
caps=-all,+net_admin,+net_bind_service
/usr/bin/setpriv --reuid {control} --regid {group} --clear-groups --no-new-privs --bounding-set $caps \\
    --inh-caps $caps --ambient-caps $caps torii-controlplane >/run/controlplane.log 2>&1 &
torii-mgmtd --config /etc/torii/config.json >/run/mgmtd.log 2>&1 &
wait_for /run/torii/mgmtd.sock
"""

START_DATAPLANE = """#!/bin/sh
# start-dataplane: the packet engine alone, with the rights of before.
ulimit -l unlimited
export RUNTIME_DIRECTORY=/run/torii  # of EAL
umask 007
cd /
caps=$(cat /run/dataplane.caps)
/usr/bin/setpriv --reuid {engine} --regid {group} --clear-groups --no-new-privs --bounding-set $caps \\
    --inh-caps $caps --ambient-caps $caps torii-dataplane >>/run/dataplane.log 2>&1 &
echo $! >/run/dataplane.pid
"""


def build_initramfs(file, build, kernel, config):
    """Writes the initramfs of a router with this configuration, a dictionary."""
    root = Initramfs()
    root.add_busybox()
    root.add_program("/usr/bin/setpriv", "/usr/bin/setpriv")
    for program in PROGRAMS:
        root.add_program(Path(build) / "bin" / program, f"/usr/bin/{program}")
    for driver in DRIVERS:
        library = LIBRARIES / f"librte_{driver}.so.23"
        root.add_program(library)
        root.add_link(f"{LIBRARIES}/dpdk/pmds-23.0/{library.name}.0", str(library))
    root.add_folder(SOURCE_ROOT / "config/yang", "/usr/share/torii/yang")
    root.add_text("/etc/torii/config.json", json.dumps(config))
    root.add_text("/etc/passwd", "root:x:0:0::/root:/bin/sh\n"
                  f"torii-dp:x:{PACKET_ENGINE}:{PACKET_ENGINE}::/:/bin/false\n"
                  f"torii-cp:x:{CONTROL}:{PACKET_ENGINE}::/:/bin/false\n")
    root.add_text("/etc/group", f"root:x:0:\ntorii:x:{PACKET_ENGINE}:\ntorii-admin:x:992:root\n"
                  "torii-oper:x:993:\ntorii-view:x:994:\n")
    modules = root.add_modules(Path(kernel) / "modules", MODULES)
    root.add_text("/init", INIT.format(modules=" ".join(modules), group=PACKET_ENGINE), 0o755)
    for name, text in (("start-router", START), ("start-dataplane", START_DATAPLANE)):
        root.add_text(f"/bin/{name}", text.format(engine=PACKET_ENGINE, control=CONTROL,
                                                  group=PACKET_ENGINE), 0o755)
    root.write(file)


def fetch_kernel(build):
    """The folder with Debian's kernel, from its packages if it is not there yet."""
    folder = Path(build) / "vm/kernel"
    subprocess.run([str(SOURCE_ROOT / "platform/vm/kernel"), str(folder)], check=True, timeout=300)
    return folder
