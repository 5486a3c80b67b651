"""Quotas of users and groups: limits and usage.

Usage is charged by a *quota template*, as the daemon does: NIC (NETWORK_ID) for networks, DATASTORE + SIZE for images,
CPU, MEMORY, VMS, … and DISK for VMs. Kinds call `charge` before they use a resource, and `release` afterwards.
"""

from onesim.errors import ActionError, AuthorizationError
from onesim.text.templates import vector_text, vector_xml
from onesim.text.values import decimal, id_list, integer, join, number, single

DATASTORE, NETWORK, IMAGE, VM, VIRTUALMACHINE, VIRTUALROUTER = (
    "DATASTORE", "NETWORK", "IMAGE", "VM", "VIRTUALMACHINE", "VIRTUALROUTER",
)  # fmt: skip
DEFAULT, UNLIMITED = -1, -2
ONEADMIN = 0


class Exceeded(Exception):
    """A charge exceeds a limit; the text names it."""


class Section:
    """The quotas of one section, one entry for each resource: {"ID": …, metric: limit, metric_USED: usage}."""

    key = "ID"
    metrics = ()

    def __init__(self, name, is_default=False):
        self.name = name
        self.is_default = is_default
        self.entries = []

    def find(self, key):
        return next((entry for entry in self.entries if entry.get(self.key, "") == key), None)

    def valid_key(self, key):
        return integer(key) is not None

    def set_limits(self, wanted):
        """Sets limits from the vectors of a quota template."""
        for vector in wanted:
            key = vector.get(self.key, "")
            if not self.valid_key(key):
                raise self._malformed(vector)
            known = self.find(key)
            entry = self._new(key) if known is None else known
            self._take_limits(entry, vector)
            if known is None:
                self.entries.append(entry)
            self._tidy(entry)

    def _new(self, key):
        entry = {f"{metric}_USED": "0" for metric in self.metrics}
        entry.update({metric: str(DEFAULT) for metric in self.metrics})
        if key:
            entry[self.key] = key
        return entry

    def _take_limits(self, entry, vector):
        """Sets the limits of an entry from a vector one by one; those before an invalid one stay."""
        for metric in self.metrics:
            limit = number(vector.get(metric))
            if limit is None:
                limit = UNLIMITED if self.is_default else DEFAULT
            if limit < 0 and limit != UNLIMITED and (self.is_default or limit != DEFAULT):
                raise self._malformed(vector)
            entry[metric] = decimal(limit)

    def _malformed(self, vector):
        return ActionError(f"Negative limits or bad format in quota {self.name} = [ {vector_text(vector)} ]")

    def _implicit(self, entry):
        return UNLIMITED if self.is_default else DEFAULT

    def _tidy(self, entry):
        """Removes an entry without limits and usage."""
        implicit = self._implicit(entry)
        for metric in self.metrics:
            used, limit = number(entry[f"{metric}_USED"]), number(entry[metric])
            if used or limit != implicit:
                return
        self.entries = [other for other in self.entries if other is not entry]

    def charge(self, key, usage, default):
        """Adds usage (metric -> amount) to an entry; raises Exceeded, nothing added, if a limit is exceeded."""
        if key != "" and not self.valid_key(key):
            raise Exceeded(f"String '{key}' is not a valid ID")
        entry = self.find(key)
        if entry is None:
            entry = self._new(key)
            self.entries.append(entry)
        fallback = default.find(key) if default else None
        for metric in (metric for metric in self.metrics if metric in usage):
            limit = number(entry[metric])
            if limit == DEFAULT:
                limit = number(fallback[metric]) if fallback else UNLIMITED
            if limit != UNLIMITED and single(number(entry[f"{metric}_USED"]) + usage[metric]) > limit:
                where = f" with ID: {key}" if key else ""
                self._tidy(entry)
                raise Exceeded(f"limit of {limit:g} reached for {metric} quota in {self.name}{where}")
        self._add(entry, usage, 1)

    def add(self, key, usage):
        """Adds usage to an existing entry, regardless of limits."""
        entry = self.find(key)
        if entry is not None:
            self._add(entry, usage, 1)

    def release(self, key, usage):
        """Removes usage."""
        entry = self.find(key)
        if entry is not None:
            self._add(entry, usage, -1)
            self._tidy(entry)

    def _add(self, entry, usage, sign):
        for metric in (metric for metric in self.metrics if metric in usage):
            used = f"{metric}_USED"
            entry[used] = decimal(single(number(entry[used]) + sign * single(usage[metric])))

    def xml(self):
        entries = "".join(vector_xml(self.name, entry) for entry in self.entries)
        return f"<{self.name}_QUOTA>{entries}</{self.name}_QUOTA>"


class DatastoreSection(Section):
    metrics = ("SIZE", "IMAGES")


class NetworkSection(Section):
    metrics = ("LEASES",)


class ImageSection(Section):
    metrics = ("RVMS",)


class VmSection(Section):
    """The quotas on VMs: a global one, and one for each set of clusters."""

    key = "CLUSTER_IDS"
    metrics = (
        "VMS", "RUNNING_VMS", "CPU", "RUNNING_CPU", "MEMORY", "RUNNING_MEMORY",
        "PCI_DEV", "RUNNING_PCI_DEV", "PCI_NIC", "RUNNING_PCI_NIC", "SYSTEM_DISK_SIZE",
    )  # fmt: skip

    def valid_key(self, key):
        return True

    def _implicit(self, entry):
        return UNLIMITED if self.is_default or entry.get(self.key) else DEFAULT

    def _tidy(self, entry):
        if not entry.get(self.key):
            super()._tidy(entry)
            return
        for metric in self.metrics:  # limits by cluster have no defaults, and stay even without usage
            if number(entry[metric]) == DEFAULT:
                entry[metric] = str(UNLIMITED)
        if all(number(entry[metric]) == UNLIMITED for metric in self.metrics):
            self.entries = [other for other in self.entries if other is not entry]

    def of_cluster(self, cluster_id):
        """The key of the entry that covers a cluster, or None."""
        for entry in self.entries:
            if cluster_id in id_list(entry.get(self.key, "")):
                return entry[self.key]
        return None

    def set_cluster_limits(self, wanted, clusters, recount):
        """Like set_limits; `clusters` are the known cluster IDs, `recount(key)` charges an entry with existing VMs."""
        for vector in wanted:
            ids = id_list(vector.get(self.key, ""))
            if vector.get(self.key):
                vector[self.key] = join(ids)
            key = vector.get(self.key, "")
            is_new = self.find(key) is None
            if is_new:
                self._check_clusters(ids, clusters)
            self.set_limits([vector])
            if is_new and key and self.find(key) is not None:
                recount(key)

    def _check_clusters(self, ids, clusters):
        for cluster_id in sorted(ids):
            if cluster_id not in clusters:
                raise ActionError(f"Cluster {cluster_id} does not exist")
            if self.of_cluster(cluster_id) is not None:
                raise ActionError(f"Quota for cluster id {cluster_id} already exists")


class Quotas:
    """The four sections of a user, of a group, or of the defaults."""

    def __init__(self, is_default=False):
        self.datastore = DatastoreSection(DATASTORE, is_default)
        self.network = NetworkSection(NETWORK, is_default)
        self.vm = VmSection(VM, is_default)
        self.image = ImageSection(IMAGE, is_default)

    def set_limits(self, template, clusters=(), recount=lambda key: None):
        """Sets the limits of a quota template."""
        for section in (self.datastore, self.network, self.image):
            section.set_limits(template.vectors(section.name))
        self.vm.set_cluster_limits(template.vectors(VM), clusters, recount)

    def charge(self, sort, template, default):
        """Charges the usage of a quota template completely or not at all; raises Exceeded."""
        done = []
        try:
            for section, key, usage in self._charges(sort, template):
                getattr(self, section).charge(key, usage, getattr(default, section))
                done.append((section, key, usage))
        except Exceeded:
            for section, key, usage in reversed(done):
                getattr(self, section).release(key, usage)
            raise

    def release(self, sort, template):
        """Releases the usage of a quota template."""
        for section, key, usage in self._charges(sort, template):
            getattr(self, section).release(key, usage)

    def add(self, sort, template):
        """Charges regardless of limits."""
        for section, key, usage in self._charges(sort, template):
            getattr(self, section).add(key, usage)

    def _charges(self, sort, template):
        """(section, key, usage) of each entry of a quota template."""
        if sort == DATASTORE:
            yield from _datastore_charges(template)
        if sort in (NETWORK, VIRTUALMACHINE, VIRTUALROUTER):
            yield from _network_charges(template, sort == VIRTUALROUTER)
        if sort in (VM, VIRTUALMACHINE):
            yield from self._vm_charges(template)
        if sort in (IMAGE, VIRTUALMACHINE):
            for disk in template.vectors("DISK"):
                if disk.get("IMAGE_ID"):
                    yield "image", disk["IMAGE_ID"], {"RVMS": 1}

    def _vm_charges(self, template):
        usage = {metric: template.number(metric) for metric in VmSection.metrics}
        usage = {metric: amount for metric, amount in usage.items() if amount is not None}
        cluster = template.integer("CLUSTER_ID")
        key = self.vm.of_cluster(cluster) if cluster is not None else None
        if key is not None:
            yield "vm", key, usage
        if not template.yes("SKIP_GLOBAL_QUOTA"):
            yield "vm", "", usage

    def xml(self):
        return self.datastore.xml() + self.network.xml() + self.vm.xml() + self.image.xml()


class DefaultQuotas(Quotas):
    """The limits of users and groups without limits of their own."""

    def __init__(self, tag):
        super().__init__(is_default=True)
        self.tag = tag

    def xml(self):
        return f"<{self.tag}>{super().xml()}</{self.tag}>"


def _datastore_charges(template):
    key, size = template.get("DATASTORE"), template.number("SIZE")
    if not key:
        raise Exceeded("Datastore not defined for image")
    if size is None or size < 0:
        raise Exceeded("Image size must be a positive integer value")
    images = template.integer("IMAGES")
    yield "datastore", key, {"IMAGES": images if images is not None and images >= 0 else 1, "SIZE": size}


def _network_charges(template, floating_only):
    pci_nics = [pci for pci in template.vectors("PCI") if pci.get("TYPE") == "NIC"]
    for nic in template.vectors("NIC") + pci_nics + template.vectors("NIC_ALIAS"):
        if nic.get("NETWORK_ID") and not (floating_only and nic.get("FLOATING_IP", "").upper() != "YES"):
            yield "network", nic["NETWORK_ID"], {"LEASES": 1}


def _payers(cloud, uid, gid):
    """The owners whose quotas are charged for a user and group: never oneadmin and its group, nor -1."""
    for kind_name, oid in (("USER", uid), ("GROUP", gid)):
        if oid not in (ONEADMIN, -1):
            yield kind_name, cloud.find(kind_name, oid)


def charge(cloud, uid, gid, sort, template):
    """Charges a user and a group (-1: none); raises AuthorizationError, nothing charged, if a limit is exceeded."""
    charged = []
    try:
        for kind_name, payer in _payers(cloud, uid, gid):
            if payer is None:
                raise AuthorizationError(f"{kind_name.capitalize()} not found")
            _charge(cloud, payer, sort, template)
            charged.append(payer)
    except AuthorizationError:
        for payer in charged:
            payer.quotas.release(sort, template)
            cloud.update(payer)
        raise


def _charge(cloud, payer, sort, template):
    try:
        payer.quotas.charge(sort, template, cloud.default_quotas[payer.type_name])
    except Exceeded as error:
        raise AuthorizationError(f"{payer.kind.title} [{payer.oid}] {error}") from error
    cloud.update(payer)


def release(cloud, uid, gid, sort, template):
    """Releases the usage of a user and a group."""
    for _, payer in _payers(cloud, uid, gid):
        if payer is not None:
            payer.quotas.release(sort, template)
            cloud.update(payer)


def add(cloud, uid, gid, sort, template):
    """Charges a user and a group regardless of limits."""
    for _, payer in _payers(cloud, uid, gid):
        if payer is not None:
            payer.quotas.add(sort, template)
            cloud.update(payer)


def move(cloud, old, new, charges):
    """Moves charges, (type, template) each, from one owner to another: all, or none with an AuthorizationError.

    Owners are (uid, gid), with -1 for unchanged.
    """
    charged = []
    try:
        for sort, template in charges:
            charge(cloud, *new, sort, template)
            charged.append((sort, template))
    except AuthorizationError:
        for sort, template in charged:
            release(cloud, *new, sort, template)
        raise
    for sort, template in charged:
        release(cloud, *old, sort, template)
