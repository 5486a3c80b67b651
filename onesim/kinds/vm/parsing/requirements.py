"""The requirements of a VM for hosts, system datastores and networks because of its resources."""

from onesim.errors import InternalError
from onesim.kinds.vm.parts import nics
from onesim.text.values import id_list, integer, join, yes

NAMES = ("AUTOMATIC_REQUIREMENTS", "AUTOMATIC_DS_REQUIREMENTS", "AUTOMATIC_NIC_REQUIREMENTS")
_FILES = ("KERNEL", "INITRD")


class _Clusters:
    """The clusters with all resources so far; no restriction before the first one."""

    def __init__(self):
        self.ids = set()

    def narrow(self, vector, name, conflict, lacking):
        """Adds the clusters of a vector; raises InternalError if no cluster is left."""
        if name not in vector:
            return
        found = id_list(vector[name])
        if not found:
            raise InternalError(f"Missing clusters. {lacking}")
        left = self.ids & found if self.ids else found
        if not left:
            raise InternalError(conflict.format(join(self.ids)))
        self.ids = left


def _clusters(cloud, spec):
    """The possible clusters of a VM; updates the clusters in its vectors."""
    clusters = _Clusters()
    os = spec.vector("OS") or {}
    for name in _FILES:
        _note(cloud, os, "DATASTORE", f"{name}_DS_DSID", f"{name}_DS_CLUSTER_ID")
        conflict = f"Incompatible cluster in {name} datastore, it should be in cluster {{}}."
        clusters.narrow(os, f"{name}_DS_CLUSTER_ID", conflict, f"{name} datastore is not in any cluster.")
    for index, disk in enumerate(spec.vectors("DISK")):
        _note(cloud, disk, "DATASTORE", "DATASTORE_ID")
        _narrow(clusters, disk, "DISK", f"Datastore for DISK {index}")
    for index, nic in enumerate(spec.vectors("NIC")):
        if nics.mode(nic) != "DUMMY":
            _note(cloud, nic, "NET", "NETWORK_ID")
            _narrow(clusters, nic, "NIC", f"Network for NIC {index}")
    for index, pci in enumerate(spec.vectors("PCI")):
        if pci.get("TYPE") == "NIC" and nics.mode(pci) != "DUMMY":
            _note(cloud, pci, "NET", "NETWORK_ID")
            _narrow(clusters, pci, "PCI (TYPE=NIC)", f"Network for PCI {index}")
    return clusters.ids


def _note(cloud, vector, kind_name, id_name, name="CLUSTER_ID"):
    oid = integer(vector.get(id_name))
    if oid is not None:
        thing = cloud.find(kind_name, oid)
        vector[name] = join(thing.clusters if thing else ())


def _narrow(clusters, vector, what, subject):
    conflict = (
        f"Incompatible clusters in {what}. {subject} is not in the same cluster as the one used by other VM elements"
        " (cluster {})"
    )
    clusters.narrow(vector, "CLUSTER_ID", conflict, f"{subject} is not in any cluster")


def _system_datastores(cloud, spec):
    """The system datastores that are compatible with the datastores of all images; empty for no restriction."""
    found = set()
    for index, disk in enumerate(spec.vectors("DISK")):
        datastore = cloud.find("DATASTORE", integer(disk.get("DATASTORE_ID")))
        if datastore is None or disk.get("TYPE") == "FILESYSTEM":
            continue
        fitting = id_list(datastore.template.get("COMPATIBLE_SYS_DS"))
        if fitting and found and not fitting & found:
            raise InternalError(
                f"Incompatible system datastore in DISK. Images Datastore for DISK {index} has not the same complatible"
                f" system datastore(system datastores {join(found)})"
            )
        found = (fitting & found if found else fitting) if fitting else found
    return found


def compute(cloud, vm):
    """Computes the automatic requirements again; returns the clusters that meet them.

    Raises InternalError, and sets none, if there is no cluster.
    """
    spec = vm.spec
    for name in NAMES:
        spec.erase(name)
    clusters, datastores = _clusters(cloud, spec), _system_datastores(cloud, spec)
    hosts = ["(" + " | ".join(f"CLUSTER_ID = {oid}" for oid in sorted(clusters)) + ")"] if clusters else []
    hosts.append("(PIN_POLICY = PINNED)" if is_pinned(spec) else "!(PIN_POLICY = PINNED)")
    features = (spec.vector("CPU_MODEL") or {}).get("FEATURES", "")
    hosts += [f'(KVM_CPU_FEATURES = "*{feature}*")' for feature in features.split(",") if feature]
    hosts += _memory_encryption(spec)
    spec.add("AUTOMATIC_REQUIREMENTS", " & ".join(hosts))
    if clusters:
        spec.add("AUTOMATIC_NIC_REQUIREMENTS", _any_of("CLUSTERS/ID", clusters))
    storage = [_any_of("CLUSTERS/ID", clusters)] if clusters else []
    storage += [_any_of("ID", datastores)] if datastores else []
    if storage and spec.singles("TM_MAD_SYSTEM"):
        storage.append(f'(TM_MAD = "{spec.get("TM_MAD_SYSTEM").strip()}")')
    if any(yes(disk.get("SHAREABLE")) for disk in spec.vectors("DISK")):
        storage.append('(SHARED = "YES")')
    if storage:
        spec.add("AUTOMATIC_DS_REQUIREMENTS", " & ".join(storage))
    return clusters


def _any_of(name, ids):
    return "(" + " | ".join(f'"{name}" @> {oid}' for oid in sorted(ids)) + ")"


def _memory_encryption(spec):
    kind = (spec.vector("MEMORY_ENCRYPTION") or {}).get("TYPE", "")
    wanted = {"SEV": "SEV*", "SEV-ES": "SEV-*"}.get(kind, kind)
    return [f'(MEMORY_ENCRYPTION = "{wanted}")'] if wanted else []


def is_pinned(spec):
    policy = (spec.vector("TOPOLOGY") or {}).get("PIN_POLICY", "").upper()
    return policy in ("CORE", "THREAD", "SHARED")
