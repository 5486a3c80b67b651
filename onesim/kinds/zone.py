"""Zones: this cloud is one, alone in its federation."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing
from onesim.errors import ActionError, AllocateError
from onesim.rights.access import ADMIN, CREATE, MANAGE
from onesim.rights.acl_rules import INDIVIDUAL

HERE = 0
ENABLED, DISABLED = 0, 1


class Zone(Thing):
    def __init__(self, name, template):
        super().__init__(template, name)
        self.state = ENABLED

    def render(self):
        return (
            f"<ZONE><ID>{self.oid}</ID><NAME>{self.name}</NAME><STATE>{self.state}</STATE>{self.template.xml()}"
            f"<SERVER_POOL></SERVER_POOL></ZONE>"
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
