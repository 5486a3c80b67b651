"""Virtual data centres: which groups may use which resources, kept as ACL rules."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing, check_name, ids_xml
from onesim.errors import ActionError, InternalError, NoExistsError
from onesim.rights.access import ADMIN, CREATE, Target, authorize
from onesim.rights.acl_rules import ALL, CLUSTER, GROUP, INDIVIDUAL, MANAGE, USE, kinds

ALL_RESOURCES = -10
FIRST_OF_USERS = 100

RESOURCES = {  # kind: (tag, rights of a group on an object)
    "CLUSTER": ("CLUSTER", ((kinds("HOST"), MANAGE), (kinds("NET"), USE), (kinds("DATASTORE"), USE))),
    "HOST": ("HOST", ((kinds("HOST"), MANAGE),)),
    "DATASTORE": ("DATASTORE", ((kinds("DATASTORE"), USE),)),
    "NET": ("VNET", ((kinds("NET"), USE),)),
}
ZONE_ID = 0


def _rules(kind_name, gid, zone_id, oid):
    """The rules that give a group a resource."""
    selector = CLUSTER if kind_name == "CLUSTER" else INDIVIDUAL
    which = ALL if oid == ALL_RESOURCES else selector | oid
    for types, rights in RESOURCES[kind_name][1]:
        yield GROUP | gid, which | types, rights, INDIVIDUAL | zone_id


class Vdc(Thing):
    def __init__(self, template=None):
        super().__init__(template)
        self.groups = set()
        self.resources = {kind_name: set() for kind_name in RESOURCES}

    def inserting(self, cloud):
        self.name = self.template.erase("NAME") or f"vdc-{self.oid}"

    def _all_rules(self, gid):
        for kind_name, resources in self.resources.items():
            for zone_id, oid in sorted(resources):
                yield from _rules(kind_name, gid, zone_id, oid)

    def add_group(self, cloud, gid):
        if gid in self.groups:
            raise InternalError(f"Group {gid} is already assigned to the VDC {self.oid}")
        self.groups.add(gid)
        for rule in self._all_rules(gid):
            cloud.acl.ensure(*rule)

    def remove_group(self, cloud, gid):
        if gid not in self.groups:
            raise InternalError(f"Group {gid} is not assigned to the VDC {self.oid}")
        self.groups.discard(gid)
        for rule in self._all_rules(gid):
            cloud.acl.discard(*rule)

    def add_resource(self, cloud, kind_name, zone_id, oid):
        resources = self.resources[kind_name]
        if (zone_id, oid) in resources:
            raise InternalError(f"{kind_name} {oid} from Zone {zone_id} is already assigned to the VDC")
        resources.add((zone_id, oid))
        for gid in sorted(self.groups):
            for rule in _rules(kind_name, gid, zone_id, oid):
                cloud.acl.ensure(*rule)
        if oid == ALL_RESOURCES:
            for zone, other in sorted(resources):
                if zone == zone_id and other != ALL_RESOURCES:
                    self.remove_resource(cloud, kind_name, zone, other)

    def remove_resource(self, cloud, kind_name, zone_id, oid):
        if (zone_id, oid) not in self.resources[kind_name]:
            raise InternalError(f"{kind_name} {oid} from Zone {zone_id} is not assigned to the VDC ")
        self.resources[kind_name].discard((zone_id, oid))
        for gid in sorted(self.groups):
            for rule in _rules(kind_name, gid, zone_id, oid):
                cloud.acl.discard(*rule)

    def render(self):
        lists = "".join(
            f"<{tag}S>{self._resources_xml(tag, self.resources[kind_name])}</{tag}S>"
            for kind_name, (tag, _) in RESOURCES.items()
        )
        head = f"<ID>{self.oid}</ID><NAME>{self.name}</NAME>{ids_xml('GROUPS', self.groups)}"
        return f"<VDC>{head}{lists}{self.template.xml()}</VDC>"

    @staticmethod
    def _resources_xml(tag, resources):
        return "".join(
            f"<{tag}><ZONE_ID>{zone_id}</ZONE_ID><{tag}_ID>{oid}</{tag}_ID></{tag}>"
            for zone_id, oid in sorted(resources)
        )


class VdcKind(Kind):
    name, title, xml_title, tag, pool_tag = "VDC", "VDC", "VDC", "VDC", "VDC_POOL"
    thing = Vdc
    names_per_owner = False

    def drop(self, call, thing):
        if thing.oid < FIRST_OF_USERS:
            raise ActionError(f"System VDCs (ID < {FIRST_OF_USERS}) cannot be deleted.")
        for gid in list(thing.groups):
            thing.remove_group(call.cloud, gid)
        call.cloud.drop(thing)

    def created(self, call, template, cluster):
        name = template.get("NAME")
        check_name(name)
        taken = call.cloud.pool("VDC").named(name)
        if taken:
            raise InternalError(f"NAME is already taken by Vdc {taken.oid}.")
        return call.cloud.pool("VDC").insert(Vdc(template))


KIND = VdcKind()
generic.register(
    KIND, "vdc", "info update rename delete", operation=ADMIN, operations={"update": MANAGE, "rename": MANAGE}
)
generic.register_pool(KIND, "one.vdcpool.info", filtered=False)


@method("one.vdc.allocate", "s", kind=KIND, operation=CREATE)
def allocate(call, text):
    return generic.allocate(call, KIND, text)


def forget_resource(cloud, kind_name, oid):
    """Removes a deleted resource from every VDC."""
    for vdc in cloud.pool("VDC"):
        if (ZONE_ID, oid) in vdc.resources[kind_name]:
            vdc.remove_resource(cloud, kind_name, ZONE_ID, oid)
            cloud.update(vdc)


def _edit_group(call, oid, gid, change, must_exist):
    vdc = call.cloud.get("VDC", oid)
    group = call.cloud.get("GROUP", gid) if must_exist else call.cloud.find("GROUP", gid)
    authorize(call, (ADMIN, vdc), (ADMIN, group or Target("")))
    change(vdc, call.cloud, gid)
    call.cloud.update(vdc)
    return oid


@method("one.vdc.addgroup", "ii", kind=KIND, operation=ADMIN)
def addgroup(call, oid, gid):
    return _edit_group(call, oid, gid, Vdc.add_group, must_exist=True)


@method("one.vdc.delgroup", "ii", kind=KIND, operation=ADMIN)
def delgroup(call, oid, gid):
    return _edit_group(call, oid, gid, Vdc.remove_group, must_exist=False)


def _edit_resource(call, kind_name, oid, zone_id, resource_id, change, must_exist):
    vdc = call.cloud.get("VDC", oid)
    zone = call.cloud.find("ZONE", zone_id)
    if zone is None and must_exist:
        raise NoExistsError(zone_id, "zone")
    needs = [(ADMIN, vdc)] + ([(ADMIN, zone)] if zone else [])
    if resource_id != ALL_RESOURCES and zone_id == ZONE_ID:
        pool = call.cloud.pool(kind_name)
        resource = pool.get(resource_id) if must_exist else pool.find(resource_id)
        needs += [(ADMIN, resource)] if resource else []
    authorize(call, *needs)
    change(vdc, call.cloud, kind_name, zone_id, resource_id)
    call.cloud.update(vdc)
    return oid


def _register_resource(kind_name, word):
    @method(f"one.vdc.add{word}", "iii", kind=KIND, operation=ADMIN)
    def add(call, oid, zone_id, resource_id):
        return _edit_resource(call, kind_name, oid, zone_id, resource_id, Vdc.add_resource, must_exist=True)

    @method(f"one.vdc.del{word}", "iii", kind=KIND, operation=ADMIN)
    def delete(call, oid, zone_id, resource_id):
        return _edit_resource(call, kind_name, oid, zone_id, resource_id, Vdc.remove_resource, must_exist=False)


for _kind_name, _word in (("CLUSTER", "cluster"), ("HOST", "host"), ("DATASTORE", "datastore"), ("NET", "vnet")):
    _register_resource(_kind_name, _word)
