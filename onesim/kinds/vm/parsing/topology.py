"""The virtual topology of VMs: sockets, cores, threads, and the memory nodes that go with them."""

import re

from onesim.errors import InternalError
from onesim.text.values import integer, unsigned

_DISTANCE = re.compile(r"[0-9]+(-[0-9]+)?:[0-9]+(,[0-9]+(-[0-9]+)?:[0-9]+)*")
_PINNED = ("CORE", "THREAD", "SHARED")


def _check(condition, refusal):
    if not condition:
        raise InternalError(refusal)


def complete(template):
    """Checks and completes the topology of a template; raises InternalError."""
    given, nodes = template.vectors("TOPOLOGY"), template.vectors("NUMA_NODE")
    template.erase("TOPOLOGY")
    if not given and not nodes:
        return
    topology = given[0] if given else {}
    template.set("TOPOLOGY", topology)
    pinned = topology.get("PIN_POLICY", "").upper() in _PINNED
    affinity = integer(topology.get("NODE_AFFINITY"))
    if affinity is None:
        topology.pop("NODE_AFFINITY", None)
    _check(not pinned or affinity in (None, -1), "NUMA node affinity cannot be set for pinned VMs")
    memory = unsigned(template.get("MEMORY"), 64)
    _check(memory is not None, "VM has not MEMORY set")
    vcpu = unsigned(template.get("VCPU"))
    if vcpu is None:
        vcpu = 1
        template.set("VCPU", "1")
    if pinned:
        template.set("CPU", str(vcpu))
    _check(unsigned(template.get("VCPU_MAX")) is None, "VM with TOPOLOGY does not support CPU hotplug (VCPU_MAX)")
    if pinned:
        _complete_pinned(template, topology, nodes, vcpu, memory)
    else:
        _complete_floating(template, topology, affinity, vcpu, memory)


def _counts(topology):
    return [unsigned(topology.get(name)) or 0 for name in ("SOCKETS", "CORES", "THREADS")]


def _node(cpus, memory, **more):
    return {"TOTAL_CPUS": str(cpus), "MEMORY": str(memory * 1024), **more}


def _complete_floating(template, topology, affinity, vcpu, memory):
    sockets, cores, threads = _counts(topology)
    if not sockets and not cores and not threads:
        topology.update(SOCKETS="1", CORES=str(vcpu), THREADS="1")
    else:
        _check(
            sockets and cores and threads,
            "Non-pinned VMs with a virtual topology needs to set  SOCKETS, CORES and THREADS numbers.",
        )
        _check(sockets * cores * threads == vcpu, "Total threads per core and socket needs to match VCPU")
    topology["PIN_POLICY"] = "NONE"
    template.erase("NUMA_NODE")
    if affinity not in (None, -1) or unsigned(topology.get("HUGEPAGE_SIZE")):
        template.add("NUMA_NODE", _node(vcpu, memory))


def _complete_pinned(template, topology, nodes, vcpu, memory):
    sockets, cores, threads = _counts(topology)
    if not sockets:
        sockets = len(nodes) or 1
        topology["SOCKETS"] = str(sockets)
    _check(
        not cores or not threads or sockets * cores * threads == vcpu,
        "Total threads per core and socket needs to match VCPU",
    )
    if cores and not threads:
        _check(vcpu % (cores * sockets) == 0, "VCPU is not multiple of the total number of cores")
        threads = vcpu // (cores * sockets)
        _check(threads & threads - 1 == 0, "Computed number of threads is not power of 2")
        topology["THREADS"] = str(threads)
    if nodes:
        made = _nodes_as_given(nodes, vcpu, memory)
    else:
        _check(vcpu % sockets == 0, "VCPU is not multiple of the number of NUMA nodes")
        _check(memory % sockets == 0, "MEMORY is not multiple of the number of NUMA nodes")
        made = [_node(vcpu // sockets, memory // sockets) for _ in range(sockets)]
    template.erase("NUMA_NODE")
    for node in made:
        template.add("NUMA_NODE", node)


def _nodes_as_given(nodes, vcpu, memory):
    sizes = [(unsigned(node.get("TOTAL_CPUS")) or 0, unsigned(node.get("MEMORY"), 64) or 0) for node in nodes]
    _check(all(bool(cpus) == bool(size) for cpus, size in sizes), "NUMA_NODE capacity cannot be MEMORY or CPU only")
    distances = [node.get("DISTANCE", "") for node in nodes]
    fitting = all(not distance or _DISTANCE.fullmatch(distance) for distance in distances)
    _check(fitting, "A NUMA_NODE includes a syntax error for DISTANCE attribute")
    _check(sum(cpus for cpus, _ in sizes) == vcpu, "Total CPUS of NUMA nodes is different from VM VCPU")
    _check(sum(size for _, size in sizes) == memory, "Total MEMORY of NUMA nodes is different from VM MEMORY")
    return [
        _node(cpus, size, **({"DISTANCE": distance} if distance else {}))
        for (cpus, size), distance in zip(sizes, distances, strict=True)
    ]


def resized(template):
    """After a change of capacity: adapts the cores to the virtual CPUs, with new nodes; raises InternalError."""
    topology = template.vector("TOPOLOGY")
    if topology is None:
        return
    sockets, cores, threads = _counts(topology)
    vcpu = unsigned(template.get("VCPU")) or 0
    if sockets and cores and threads and sockets * cores * threads != vcpu:
        _check(vcpu % (threads * sockets) == 0, "new VCPU is not multiple of the total number of threads")
        topology["CORES"] = str(vcpu // (threads * sockets))
    template.erase("NUMA_NODE")
    complete(template)
