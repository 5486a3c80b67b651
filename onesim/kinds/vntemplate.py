"""Virtual network templates, from which users may create networks."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing, check_name, permissions_for
from onesim.errors import AllocateError, AuthorizationError, InternalError
from onesim.kinds.group import check_vlans
from onesim.kinds.vnet.address_range import restricted_in
from onesim.kinds.vnet.leases import join_clusters
from onesim.kinds.vnet.network import new_vnet
from onesim.oned_conf import VNET_RESTRICTED
from onesim.rights.access import CREATE, USE, authorize
from onesim.text.values import id_list


class VnTemplate(Thing):
    def __init__(self, template, call):
        super().__init__(template, "", call.uid, call.gid, call.uname, call.gname)
        self.permissions = permissions_for(call.uid, call.gid, call.umask)
        self.registered = call.now

    def inserting(self, cloud):
        self.name = self.template.erase("NAME")
        if not self.template.get("VN_MAD"):
            raise InternalError("Error inserting Template in DB. VN_MAD is mandatory")

    def render(self):
        return (
            f"<VNTEMPLATE>{self.head_xml()}{self.lock_xml()}{self.permissions_xml()}"
            f"<REGTIME>{self.registered}</REGTIME>{self.template.xml()}</VNTEMPLATE>"
        )


class VnTemplateKind(Kind):
    name, title, xml_title = "VNTEMPLATE", "virtual network template", "Template"
    tag, pool_tag = "VNTEMPLATE", "VNTEMPLATE_POOL"
    thing = VnTemplate
    lockable = True
    restricted = VNET_RESTRICTED

    def created(self, call, template, cluster):
        check_name(template.get("NAME"))
        pool = call.cloud.pool("VNTEMPLATE")
        taken = pool.named(template.get("NAME"), call.uid)
        if taken:
            raise InternalError(f"NAME is already taken by VN TEMPLATE {taken.oid}.")
        return pool.insert(VnTemplate(template, call))


KIND = VnTemplateKind()
generic.register(KIND, "vntemplate", "info update rename chown chmod lock unlock delete")
generic.register_pool(KIND, "one.vntemplatepool.info")


@method("one.vntemplate.allocate", "s", kind=KIND, operation=CREATE)
def allocate(call, text):
    return generic.allocate(call, KIND, text)


@method("one.vntemplate.clone", "is", kind=KIND)
def clone(call, oid, name):
    return generic.clone(call, KIND, oid, name)


@method("one.vntemplate.instantiate", "iss", kind=KIND, operation=USE)
def instantiate(call, oid, name, text):
    """Creates a network from a template and the caller's extra text, as another user with AS_UID and AS_GID."""
    source = call.cloud.get("VNTEMPLATE", oid)
    template = source.template.copy()
    clusters = id_list(source.template.get("CLUSTER_IDS")) & call.cloud.pool("CLUSTER").things.keys()
    if not source.template.get("CLUSTER_IDS"):
        clusters = {generic.DEFAULT_CLUSTER}
    extra = generic.parsed(KIND, text)
    asked = extra.copy()
    _merge(call, template, extra)
    template.set("TEMPLATE_NAME", source.name)
    template.set("TEMPLATE_ID", str(oid))
    template.erase("NAME")
    if name:
        template.add("NAME", name)
    generic.act_as(call, template)
    check_vlans(call, asked, oid)
    authorize(call, (USE, source))
    try:
        vnet = new_vnet(call, template, clusters, template_id=oid)
    except InternalError as error:
        raise AllocateError(error.text) from error
    join_clusters(call.cloud, vnet)
    return vnet.oid


def _merge(call, template, extra):
    """Merges the caller's extra text into the template: address ranges are added, other attributes replaced."""
    ranges = extra.vectors("AR")
    extra.erase("AR")
    if not call.is_admin:
        name = next(filter(None, map(restricted_in, ranges)), None)
        if name:
            raise AuthorizationError(f"Extra Template includes a restricted attribute AR/{name}")
        name = VNET_RESTRICTED.changed(extra, template, append=True)
        if name:
            raise AuthorizationError(f"Extra Template includes a restricted attribute {name}")
    for vector in ranges:
        template.add("AR", vector)
    template.merge(extra)
