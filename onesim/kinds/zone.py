"""Zones: this cloud is the only one of its federation."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing
from onesim.errors import ActionError, AllocateError
from onesim.rights.access import ADMIN, CREATE, MANAGE
from onesim.rights.acl_rules import INDIVIDUAL
from onesim.text.templates import vector_xml

HERE = 0
ENABLED, DISABLED = 0, 1


class Zone(Thing):
    """A zone. `servers` are its servers, as vectors; onesim ignores them otherwise."""

    servers = ()

    def __init__(self, name, template):
        super().__init__(template, name)
        self.state = ENABLED

    def render(self):
        servers = "".join(vector_xml("SERVER", server) for server in self.servers)
        return (
            f"<ZONE><ID>{self.oid}</ID><NAME>{self.name}</NAME><STATE>{self.state}</STATE>{self.template.xml()}"
            f"<SERVER_POOL>{servers}</SERVER_POOL></ZONE>"
        )


class ZoneKind(Kind):
    name, title, xml_title, tag, pool_tag = "ZONE", "zone", "Zone", "ZONE", "ZONE_POOL"
    thing = Zone
    names_per_owner = False

    def updated_template(self, cloud, thing, old):
        if not thing.template.get("ENDPOINT"):
            thing.template.set("ENDPOINT", "-")
        thing.template.erase("SERVER")

    def drop(self, call, thing):
        if thing.oid == HERE:
            raise ActionError("System Zones (ID < 100) cannot be deleted.")
        call.cloud.drop(thing)
        call.cloud.acl.remove_where(lambda rule: rule.zone == INDIVIDUAL | thing.oid)


KIND = ZoneKind()
generic.register(
    KIND, "zone", "info update rename delete", operation=ADMIN, operations={"update": MANAGE, "rename": MANAGE}
)
generic.register_pool(KIND, "one.zonepool.info", filtered=False)


@method("one.zone.allocate", "si", defaults=(generic.NO_CLUSTER,), kind=KIND, operation=CREATE)
def allocate(call, text, cluster_id):
    raise AllocateError("New zones can only be created at federation master")


def _here(call, oid, doing):
    """The zone of that number, which is this one."""
    if oid != HERE:
        raise ActionError(f"{doing} through the target zone endpoints")
    return generic.reachable(call, KIND, oid)


@method("one.zone.enable", "ib", kind=KIND, operation=ADMIN)
def enable(call, oid, wanted):
    """Enables a zone, or disables it: then it only answers read calls."""
    zone = _here(call, oid, "Enable/disable mode have to be set")
    zone.state = ENABLED if wanted else DISABLED
    call.cloud.update(zone)
    return oid


@method("one.zone.addserver", "is", kind=KIND, operation=ADMIN)
def add_server(call, oid, text):
    zone = _here(call, oid, "Servers have to be added")
    server = generic.parsed(None, text, ActionError).vector("SERVER")
    if server is None:
        raise ActionError("SERVER not found in template")
    if not server.get("NAME"):
        raise ActionError("Missing NAME in SERVER")
    if not (server.get("ENDPOINT") or server.get("ENDPOINT_GRPC")):
        raise ActionError("Missing ENDPOINT or ENDPOINT_GRPC in SERVER")
    number = max((int(each["ID"]) for each in zone.servers), default=-1) + 1
    zone.servers = (*zone.servers, {**server, "ID": str(number)})
    call.cloud.update(zone)
    return oid


@method("one.zone.delserver", "ii", kind=KIND, operation=ADMIN)
def del_server(call, oid, number):
    zone = _here(call, oid, "Servers have to be deleted")
    others = tuple(each for each in zone.servers if each["ID"] != str(number))
    if len(others) == len(zone.servers):
        raise ActionError("SERVER not found in zone")
    zone.servers = others
    call.cloud.update(zone)
    return oid


@method("one.zone.resetserver", "ii", kind=KIND, operation=ADMIN)
def reset_server(call, oid, number):
    """Resets the replication to a server, which does nothing here."""
    return _here(call, oid, "Servers have to be deleted").oid
