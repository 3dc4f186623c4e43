"""What tidy enforces, as data. docs/architecture.md explains the reasons."""

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70

# Folder -> folders of ours it may include, itself apart. A folder inherits nothing from its parent.
BASE = {"platform/base"}
RUNTIME = {"platform/runtime", "platform/linux"} | BASE
PLATFORM = {"platform/ipc", "platform/ipc/proto"} | RUNTIME
BGP = {"controlplane/bgp"}
POLICY = {"controlplane/policy"} | BGP
RIB = {"controlplane/rib"} | POLICY
SPEAKER = {"controlplane/speaker"} | RIB
FAST_PATH = {"dataplane/packet", "dataplane/fib", "dataplane/port", "dataplane/pipeline"}
AGENT = PLATFORM | SPEAKER | {"agent/model"}

MAY_INCLUDE = {
    "platform/base": set(),
    "platform/ipc/proto": set(),
    "platform/ipc": {"platform/ipc/proto", "platform/runtime"} | BASE,
    "platform/runtime": BASE,
    "platform/http": {"platform/runtime"} | BASE,
    "platform/linux": {"platform/runtime"} | BASE,
    "platform/machine": BASE,
    "platform/metrics": BASE,
    "platform/platformd": {"platform/machine"} | PLATFORM,
    "platform/bfd": {"platform/runtime"} | BASE,
    "controlplane/bgp": BASE,
    "controlplane/policy": BGP | BASE,
    "controlplane/rib": POLICY | BASE,
    "controlplane/speaker": RIB | {"platform/ipc/proto"} | RUNTIME,
    "controlplane/monitoring": SPEAKER | {"platform/ipc/proto"} | BASE,
    "controlplane/routing": RIB | BASE,
    "controlplane/kernel": {"controlplane/routing", "platform/linux"} | BASE,
    "controlplane/server": SPEAKER | {"controlplane/kernel", "controlplane/monitoring",
                                      "controlplane/routing"} | PLATFORM,
    "dataplane/packet": BASE,
    "dataplane/fib": {"dataplane/packet"} | BASE,
    "dataplane/port": {"dataplane/packet"} | BASE,
    "dataplane/pipeline": {"dataplane/fib", "dataplane/packet", "dataplane/port"} | BASE,
    "dataplane/dpdk": FAST_PATH | BASE,
    "dataplane/server": FAST_PATH | {"dataplane/dpdk", "platform/bfd"} | PLATFORM,
    "mgmt/xml": BASE,
    "mgmt/yang": {"mgmt/xml", "platform/ipc/proto"} | BASE,
    "mgmt/datastore": {"mgmt/yang", "platform/ipc/proto"} | BASE,
    "mgmt/host": {"mgmt/yang", "mgmt/datastore", "platform/ipc/proto"} | BASE,
    "mgmt/frr": BASE,
    "mgmt/show": {"platform/ipc", "platform/ipc/proto"} | BASE,
    "mgmt/metrics": {"platform/ipc", "platform/ipc/proto", "platform/metrics"} | BASE,
    "mgmt/shell": {"mgmt/yang", "mgmt/datastore"} | PLATFORM,
    "mgmt/rpc": {"mgmt/xml", "mgmt/yang", "mgmt/datastore", "platform/runtime"} | BASE,
    "mgmt/server": {"mgmt/xml", "mgmt/yang", "mgmt/datastore", "mgmt/frr", "mgmt/host", "mgmt/metrics",
                    "mgmt/rpc", "mgmt/shell", "mgmt/show", "platform/http"} | PLATFORM,
    "mgmt/netconf": PLATFORM,
    "agent/model": BGP | BASE,
    "agent/ctl": AGENT | {"agent/api", "agent/kube"},
    "agent/ipam": {"agent/model"} | BASE,
    "agent/loadbalance": {"agent/model"} | BASE,
    "agent/nftables": {"agent/loadbalance", "agent/model"} | BASE,
    "agent/kube": AGENT,
    "agent/api": {"agent/kube", "agent/model"} | RUNTIME,
    "agent/health": {"agent/loadbalance", "agent/model", "platform/http", "platform/runtime"} | BASE,
    "agent/import": AGENT | {"controlplane/kernel", "controlplane/routing"},
    "agent/reconcile": AGENT,
    "agent/server": AGENT | {"agent/api", "agent/health", "agent/import", "agent/ipam", "agent/kube",
                            "agent/loadbalance", "agent/nftables", "agent/reconcile",
                            "platform/bfd", "platform/http", "platform/metrics"},
}

# Beginning of a third-party include -> the folders (or files) where it may stand.
HOMES = {
    "rte_": ("dataplane/dpdk", "tests/bench"),
    "libyang/": ("mgmt/yang",),
    "libmnl/": ("platform/linux",),
    "nftables/": ("agent/nftables",),
    "yaml-cpp/": ("agent/kube",),
    "spdlog/": ("platform/base/log.cpp", "platform/base/log_sinks.h",
                "platform/base/log_targets.cpp"),
    "boost/beast": ("agent/api/response_reader.cpp", "platform/http"),
    "openssl/": ("agent/api", "tests"),
    "boost/asio": ("platform/runtime", "platform/http", "platform/ipc", "platform/linux",
                   "controlplane/speaker", "controlplane/server", "dataplane/server",
                   "mgmt/server", "mgmt/shell", "agent/api", "agent/server", "tests"),
}

PLANES = ("platform", "controlplane", "dataplane", "mgmt", "agent")
