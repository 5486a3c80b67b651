"""Virtual networks: drivers, VLANs, states. The object and its kind."""

from onesim.api import generic
from onesim.cloud.things import Kind, Thing, check_name, ids_xml, leave_clusters, permissions_for
from onesim.errors import ActionError, InternalError
from onesim.kinds import vdc
from onesim.kinds.vnet.address_range import AddressRange
from onesim.oned_conf import VLAN_RESERVED, VLAN_START, VN_DRIVERS, VNET_RESTRICTED, VXLAN_START, configured
from onesim.rights import quotas
from onesim.rights.access import MANAGE, Visibility, allowed
from onesim.text.templates import Template, cdata
from onesim.text.values import id_list, join

INIT, READY, LOCK_CREATE, LOCK_DELETE, DONE, ERROR, UPDATE_FAILURE = range(7)
STATES = ("INIT", "READY", "LOCK_CREATE", "LOCK_DELETE", "DONE", "ERROR", "")
NO_PARENT = NO_TEMPLATE = -1

NEEDS_PHYDEV_AND_VLAN = {"802.1Q", "vxlan"}
PUSHED = frozenset(  # changes of these attributes reach the NICs of running VMs
    [
        "PHYDEV",
        "MTU",
        "VLAN_ID",
        "QINQ_TYPE",
        "CVLANS",
        "VLAN_TAGGED_ID",
        "OUTER_VLAN_ID",
        "INBOUND_AVG_BW",
        "INBOUND_PEAK_BW",
        "INBOUND_PEAK_KB",
        "OUTBOUND_AVG_BW",
        "OUTBOUND_PEAK_BW",
        "OUTBOUND_PEAK_KB",
        "SPOOFCHK",
        "TRUST",
    ]
)


class VirtualNetwork(Thing):
    """`updated`, `outdated`, `updating` and `failed` are the VMs of the network by the progress of the last change."""

    def __init__(self, template, call, clusters, parent=NO_PARENT, template_id=NO_TEMPLATE):
        super().__init__(template, "", call.uid, call.gid, call.uname, call.gname)
        self.permissions = permissions_for(call.uid, call.gid, call.umask)
        self.clusters = set(clusters)
        self.parent, self.template_id = parent, template_id
        self.state = LOCK_CREATE
        self.driver = self.phydev = self.bridge = self.bridge_type = ""
        self.vlan_id = self.outer_vlan_id = ""
        self.vlan_automatic = self.outer_automatic = False
        self.ranges = []
        self.vrouters = set()
        self.updated, self.outdated, self.updating, self.failed = set(), set(), set(), set()
        self.security_groups = set()

    # --- creation

    def inserting(self, cloud):
        template = self.template
        template.erase("TEMPLATE_ID")
        name, prefix = template.erase("NAME"), template.erase("TEMPLATE_NAME")
        if not name and not prefix:
            raise InternalError("No NAME in template for Virtual Network.")
        self.name = name or f"{prefix}-{self.oid}"
        check_name(self.name)
        self.driver = template.erase("VN_MAD")
        if not self.driver:
            raise InternalError("No VN_MAD in template for Virtual Network.")
        template.add("VN_MAD", self.driver)
        self.phydev = template.erase("PHYDEV")
        template.add("PHYDEV", self.phydev)
        self.bridge = template.erase("BRIDGE")
        self.vlan_id, self.vlan_automatic = self._vlan("VLAN_ID")
        self.outer_vlan_id, self.outer_automatic = self._vlan("OUTER_VLAN_ID")
        self._check_driver()
        self.take_bridge_type(self.driver, template.erase("BRIDGE_TYPE"))
        template.add("BRIDGE_TYPE", self.bridge_type)
        if not self.bridge and self.bridge_type != "none":
            self.bridge = f"onebr.{self.vlan_id}" if self.vlan_id else f"onebr{self.oid}"
        template.add("BRIDGE", self.bridge)
        groups = template.erase("SECURITY_GROUPS")
        template.add("SECURITY_GROUPS", join(id_list(groups) | {0}) if groups else "0")
        self.security_groups = id_list(template.get("SECURITY_GROUPS"))

    def _vlan(self, name):
        """(VLAN as text, whether one is drawn) from the template."""
        given = self.template.integer(name)
        if given is None:
            automatic = self.template.yes(f"AUTOMATIC_{name}")
            self.template.erase(f"AUTOMATIC_{name}")
            return "", automatic
        self.template.set(name, str(given))
        self.template.erase(f"AUTOMATIC_{name}")
        return str(given), False

    def _check_driver(self):
        driver = self.driver
        if driver in NEEDS_PHYDEV_AND_VLAN and not self.phydev:
            raise InternalError(f"PHYDEV is mandatory for driver {driver}")
        if driver == "dummy" and not self.bridge:
            raise InternalError(f"BRIDGE is mandatory for driver {driver}")
        if driver in NEEDS_PHYDEV_AND_VLAN and not self.vlan_automatic and not self.vlan_id:
            raise InternalError(f"VLAN_ID (or AUTOMATIC_VLAN_ID) is mandatory for driver {driver}")
        if driver == "ovswitch_vxlan" and not self.outer_automatic and not self.outer_vlan_id:
            raise InternalError(f"OUTER_VLAN_ID (or AUTOMATIC) is mandatory for driver {driver}")

    def take_bridge_type(self, driver, wanted):
        """Sets the bridge type of a driver."""
        bridge_types = configured(VN_DRIVERS, driver)
        if bridge_types is None:
            raise InternalError(f'VN_MAD named "{driver}" is not defined in oned.conf')
        wanted = wanted.strip() or bridge_types[0]
        if wanted not in bridge_types:
            raise InternalError(
                f'Attribute BRIDGE_TYPE has wrong value "{wanted}" for VN_MAD_CONF {driver} in oned.conf'
            )
        self.bridge_type = wanted

    def draw_vlans(self, cloud):
        """Draws the automatic VLANs of the network; returns whether there are any."""
        drawn = self.vlan_id, self.outer_vlan_id
        if self.vlan_automatic and not self.vlan_id:
            if self.driver in ("802.1Q", "ovswitch", "ovswitch_vxlan"):
                self.vlan_id = str(_free_vlan(cloud, self.oid))
            elif self.driver == "vxlan":
                self.vlan_id = str(VXLAN_START + self.oid)
        if self.outer_automatic and not self.outer_vlan_id and self.driver == "ovswitch_vxlan":
            self.outer_vlan_id = str(VXLAN_START + self.oid)
        return drawn != (self.vlan_id, self.outer_vlan_id)

    def add_range(self, vector):
        """Adds an address range; raises InternalError for an invalid vector."""
        vector = dict(vector)
        inherited = self.template.get("IPAM_MAD")
        if inherited and not vector.get("IPAM_MAD"):
            vector["IPAM_MAD"] = inherited
        self.ranges.append(AddressRange(vector, self.next_range_id()))

    def next_range_id(self):
        return max((ar.oid for ar in self.ranges), default=-1) + 1

    def range(self, oid):
        """The address range of that number, or None."""
        return next((ar for ar in self.ranges if ar.oid == oid), None)

    # --- changes

    def take_template(self):
        """Copies driver, VLANs and bridge from the changed template."""
        template = self.template
        template.erase("TEMPLATE_ID")
        driver = template.erase("VN_MAD")
        if not driver:
            raise InternalError("No VN_MAD in template for Virtual Network.")
        bridge_type = template.erase("BRIDGE_TYPE")
        if driver != self.driver and bridge_type == self.bridge_type:
            bridge_type = ""
        self.take_bridge_type(driver, bridge_type)
        self.driver = driver
        template.add("VN_MAD", driver)
        template.add("BRIDGE_TYPE", self.bridge_type)
        self.phydev = template.erase("PHYDEV")
        template.add("PHYDEV", self.phydev)
        template.erase("AUTOMATIC_VLAN_ID")
        template.erase("AUTOMATIC_OUTER_VLAN_ID")
        vlan_id, outer_vlan_id = template.erase("VLAN_ID"), template.erase("OUTER_VLAN_ID")
        if not self.vlan_automatic:
            self.vlan_id = vlan_id
            template.add("VLAN_ID", vlan_id)
        if not self.outer_automatic:
            self.outer_vlan_id = outer_vlan_id
            template.add("OUTER_VLAN_ID", outer_vlan_id)
        self.bridge = template.erase("BRIDGE") or self.bridge
        template.add("BRIDGE", self.bridge)
        self.security_groups = id_list(template.get("SECURITY_GROUPS"))

    def note_pushed(self, template, append):
        """Adds the changed attributes that running VMs get to a new template, with the old values."""
        old = {name: value for name, value in self.template if isinstance(value, str) and name in PUSHED}
        new = {name: value for name, value in template if isinstance(value, str) and name in PUSHED}
        changed = {name: old.get(name, "") for name, value in new.items() if old.get(name) != value}
        if not append:
            changed |= {name: value for name, value in old.items() if name not in new and value}
        template.erase("VNET_UPDATE")
        if changed:
            template.add("VNET_UPDATE", changed)

    def commit(self, recover=False):
        """Sends the last change again: to the VMs that are not updated (`recover`), or to all."""
        if not recover:
            self.outdated |= self.updated
            self.updated = set()
        self.outdated |= self.updating | self.failed
        self.updating, self.failed = set(), set()

    def commit_to(self, vm_ids):
        """Sends a change to these VMs."""
        self.outdated |= vm_ids
        for vms in (self.updated, self.updating, self.failed):
            vms -= vm_ids

    def forget_vm(self, vm_id):
        """A VM no longer has a NIC here."""
        for vms in (self.updated, self.updating, self.failed, self.outdated):
            if vm_id in vms:
                vms.discard(vm_id)
                break
        if not self.failed and self.state == UPDATE_FAILURE:
            self.state = READY

    @property
    def reserved(self):
        return self.parent != NO_PARENT

    @property
    def used(self):
        return sum(ar.used for ar in self.ranges)

    @property
    def is_settled(self):
        return self.state in (READY, UPDATE_FAILURE)

    # --- XML

    def render(self):
        return self._xml_with(f"<AR_POOL>{''.join(ar.xml() for ar in self.ranges)}</AR_POOL>", self.vrouters)

    def info(self, call):
        shows = self._lease_filter(call)
        ranges = "".join(ar.full_xml(shows) for ar in self.ranges)
        return self._xml_with(f"<AR_POOL>{ranges}</AR_POOL>", {oid for oid in self.vrouters if shows("VROUTER", oid)})

    def _lease_filter(self, call):
        """The leases that the caller may see: all with MANAGE on the network, else those of usable objects."""
        if allowed(call, MANAGE, self):
            return lambda kind, oid: True
        visible = {kind: Visibility(call, kind, reserved=kind == "NET") for kind in ("VM", "NET", "VROUTER")}

        def shows(kind, oid):
            if visible[kind].everything:
                return True
            owner = call.cloud.find(kind, oid) if kind in call.cloud.pools else None
            return owner is not None and visible[kind].shows(owner, -2)

        return shows

    def _xml_with(self, ranges, vrouters):
        parent = f"<PARENT_NETWORK_ID>{self.parent}</PARENT_NETWORK_ID>" if self.reserved else "<PARENT_NETWORK_ID/>"
        made = f"<TEMPLATE_ID>{self.template_id}</TEMPLATE_ID>" if self.template_id != -1 else "<TEMPLATE_ID/>"
        texts = "".join(
            f"<{tag}>{cdata(value)}</{tag}>" if value else f"<{tag}/>"
            for tag, value in (
                ("VN_MAD", self.driver),
                ("PHYDEV", self.phydev),
                ("VLAN_ID", self.vlan_id),
                ("OUTER_VLAN_ID", self.outer_vlan_id),
            )
        )
        vms = "".join(
            ids_xml(f"{tag}_VMS", oids)
            for tag, oids in (
                ("UPDATED", self.updated),
                ("OUTDATED", self.outdated),
                ("UPDATING", self.updating),
                ("ERROR", self.failed),
            )
        )
        return (
            f"<VNET>{self.head_xml()}{self.lock_xml()}{self.permissions_xml()}{ids_xml('CLUSTERS', self.clusters)}"
            f"<BRIDGE>{cdata(self.bridge)}</BRIDGE><BRIDGE_TYPE>{cdata(self.bridge_type)}</BRIDGE_TYPE>"
            f"<STATE>{cdata(self.state)}</STATE><PREV_STATE>{cdata(self.previous_state)}</PREV_STATE>"
            f"{parent}{made}{texts}"
            f"<VLAN_ID_AUTOMATIC>{self.vlan_automatic:d}</VLAN_ID_AUTOMATIC>"
            f"<OUTER_VLAN_ID_AUTOMATIC>{self.outer_automatic:d}</OUTER_VLAN_ID_AUTOMATIC>"
            f"<USED_LEASES>{self.used}</USED_LEASES>{ids_xml('VROUTERS', vrouters)}{vms}{self.template.xml()}{ranges}"
            "</VNET>"
        )


def _free_vlan(cloud, oid):
    """The VLAN of a network: one derived from its number, or the next free one."""
    hint = VLAN_START + oid % (4095 - VLAN_START)
    order = [*range(hint, 4096), *range(VLAN_START, hint)]
    vlan = next((vlan for vlan in order if vlan not in cloud.settings["vlans"] and vlan not in VLAN_RESERVED), None)
    if vlan is None:
        raise InternalError("Cannot automatically assign VLAN_ID to network.")
    cloud.settings["vlans"].add(vlan)
    cloud.keep("vlans")
    return vlan


class VnetKind(Kind):
    name, title, xml_title, tag, pool_tag = "NET", "virtual network", "Virtual Network", "VNET", "VNET_POOL"
    thing = VirtualNetwork
    lockable = True
    clustered = "VNETS"
    restricted = VNET_RESTRICTED
    state_names = STATES

    def before_update(self, thing, template, append):
        thing.note_pushed(template, append)

    def updated_template(self, cloud, thing, old):
        thing.take_template()
        if thing.template.vector("VNET_UPDATE"):
            push(cloud, thing)

    def owned_quota(self, cloud, thing):
        if not thing.reserved:
            return []
        return [(quotas.NETWORK, leases_quota(thing.parent, sum(ar.size for ar in thing.ranges)))]

    def created(self, call, template, cluster):
        return new_vnet(call, template, {cluster.oid if cluster else generic.DEFAULT_CLUSTER}).oid

    def drop(self, call, thing):
        if thing.used:
            raise ActionError("Can not remove a virtual network with leases in use")
        if thing.state in (LOCK_CREATE, LOCK_DELETE, DONE):
            raise ActionError(f"Can not remove a Virtual Network, wrong state {STATES[thing.state]}")
        thing.ranges = []
        thing.state = LOCK_DELETE
        call.cloud.update(thing)
        call.cloud.clock.schedule("vnet.deleted", thing.oid, delay=0.3)


KIND = VnetKind()
generic.register(KIND, "vn", "info rename chown chmod lock unlock delete")
generic.register_pool(KIND, "one.vnpool.info")


def new_vnet(call, template, clusters, parent=NO_PARENT, template_id=NO_TEMPLATE):
    """Creates a network of the caller, which becomes READY (or ERROR) later."""
    cloud = call.cloud
    taken = cloud.pool("NET").named(template.get("NAME"), call.uid)
    if taken:
        raise InternalError(f"NAME is already taken by NET {taken.oid}.")
    vnet = VirtualNetwork(template, call, clusters, parent, template_id)
    cloud.pool("NET").insert(vnet)
    try:
        if vnet.draw_vlans(cloud):
            cloud.update(vnet)
    except InternalError:
        cloud.drop(vnet)
        raise
    cloud.clock.schedule("vnet.created", vnet.oid, delay=0.3)
    return vnet


def leases_quota(network_id, count):
    """A quota template for that many leases of a network."""
    return Template(("NIC", {"NETWORK_ID": str(network_id)}) for _ in range(count))


def push(cloud, vnet):
    """Sends the last change to the VMs of a network, one by one."""
    vnet.commit()
    if vnet.state == UPDATE_FAILURE:
        vnet.state = READY
    cloud.soon("vnet.push", vnet.oid)


def forget(cloud, vnet):
    """Removes a network permanently, with all references of other objects."""
    vnet.state = DONE
    vnet.template.erase("ERROR")
    cloud.update(vnet)
    if vnet.vlan_automatic and vnet.driver in ("802.1Q", "ovswitch", "ovswitch_vxlan"):
        cloud.settings["vlans"].discard(int(vnet.vlan_id))
        cloud.keep("vlans")
    leave_clusters(cloud, vnet)
    cloud.drop(vnet)
    parent = cloud.find("NET", vnet.parent)
    if parent:
        freed = sum(ar.release_all("NET", vnet.oid) for ar in parent.ranges)
        cloud.update(parent)
        quotas.release(cloud, vnet.uid, vnet.gid, quotas.NETWORK, leases_quota(parent.oid, freed))
    vdc.forget_resource(cloud, "NET", vnet.oid)
