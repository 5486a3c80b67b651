"""Virtual routers: groups of VMs that route between networks together, and their common NICs."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing, check_name, ids_xml, permissions_for
from onesim.errors import ActionError, InternalError, NoExistsError, OneError
from onesim.kinds import template as vm_templates
from onesim.kinds.vm.calls import actions as vm_actions
from onesim.kinds.vm.calls import create as vm_create
from onesim.kinds.vm.calls import nics as vm_nic_calls
from onesim.kinds.vm.parts import nics as vm_nics
from onesim.kinds.vnet import leases as vnet_leases
from onesim.oned_conf import VM_RESTRICTED
from onesim.rights import quotas
from onesim.rights.access import CREATE, MANAGE, USE, authorize, creation
from onesim.text.templates import MALFORMED, Template
from onesim.text.values import integer, yes

_OF_ROUTER = ("MAC", "IP", "IP6_LINK", "IP6_ULA", "IP6_GLOBAL", "VLAN_ID")


class VirtualRouter(Thing):
    def __init__(self, template, call):
        super().__init__(template, "", call.uid, call.gid, call.uname, call.gname)
        self.permissions = permissions_for(call.uid, call.gid, call.umask)
        self.vms = set()

    def inserting(self, cloud):
        self.name = self.template.erase("NAME")
        check_name(self.name)
        try:
            for nic_id, nic in enumerate(self.template.vectors("NIC")):
                if vm_nics.mode(nic) == "AUTO":
                    raise InternalError("Virtual Router is incompatible with auto mode")
                self.lease(cloud, nic, nic_id)
        except InternalError:
            self.release_all(cloud)
            raise

    def lease(self, cloud, nic, nic_id):
        """Acquires the network of a NIC, with a floating address if requested; raises InternalError."""
        nic["NIC_ID"] = str(nic_id)
        vnet = vnet_leases.network_of_nic(cloud, nic, self.uid)
        if vnet is not None:
            vnet_leases.lease_vrouter_nic(cloud, vnet, nic, self.oid)
        _prepare(nic)

    def release_all(self, cloud):
        for nic in self.template.vectors("NIC"):
            vnet_leases.release_nic(cloud, nic, "VROUTER", self.oid)

    def vm_template(self):
        """The common part of the router's VMs."""
        template = Template(("NIC", dict(nic)) for nic in self.template.vectors("NIC"))
        for _, nic in template:
            _prepare(nic)
        keepalived = self.template.integer("KEEPALIVED_ID")
        template.set("VROUTER_ID", str(self.oid))
        template.set("VROUTER_KEEPALIVED_ID", str(self.oid % 255 + 1 if keepalived is None else keepalived))
        if self.template.get("KEEPALIVED_PASSWORD"):
            template.set("VROUTER_KEEPALIVED_PASSWORD", self.template.get("KEEPALIVED_PASSWORD"))
        return template

    def nic(self, nic_id):
        return next((nic for nic in self.template.vectors("NIC") if integer(nic.get("NIC_ID")) == nic_id), None)

    def render(self):
        return (
            f"<VROUTER>{self.head_xml()}{self.permissions_xml()}{self.lock_xml()}{ids_xml('VMS', self.vms)}"
            f"{self.template.xml()}</VROUTER>"
        )


def _prepare(nic):
    """The floating address of a NIC belongs to the router; its VMs have addresses of their own as well."""
    if not yes(nic.get("FLOATING_IP")):
        return
    for name in _OF_ROUTER:
        if name in nic:
            nic[f"VROUTER_{name}"] = nic.pop(name)
    for name in VM_RESTRICTED.items["NIC"]:
        nic.pop(name, None)


class VirtualRouterKind(Kind):
    name, title, xml_title = "VROUTER", "virtual router", "VirtualRouter"
    tag, pool_tag = "VROUTER", "VROUTER_POOL"
    thing = VirtualRouter
    names_unique = False
    lockable = True

    def namesake(self, cloud, name, uid):
        return next((router for router in cloud.pool("VROUTER") if router.name == name and router.uid == uid), None)

    def before_update(self, thing, template, append):
        """Keeps the NICs; the daemon writes the new template as XML and reads it again, which loses empty vectors.

        In any other kind of object, an appended `X=[]` removes X; a router keeps its own.
        """
        template.erase("NIC")
        if not template.representable():
            raise InternalError(MALFORMED)
        template.fill()
        for nic in thing.template.vectors("NIC") if not append else ():
            template.add("NIC", dict(nic))

    def after_chown(self, cloud, thing, uid, gid, call):
        for vm_id in sorted(thing.vms):
            give_vm(cloud, cloud.get("VM", vm_id), thing, uid, gid)

    def created(self, call, template, cluster):
        return call.cloud.pool("VROUTER").insert(VirtualRouter(template, call))

    def drop(self, call, thing):
        cloud = call.cloud
        cloud.drop(thing)
        thing.release_all(cloud)
        quotas.release(cloud, thing.uid, thing.gid, quotas.VIRTUALROUTER, thing.template)
        for vm_id in sorted(thing.vms):
            vm_actions.end(call, cloud.get("VM", vm_id))


def give_vm(cloud, vm, router, uid, gid):
    """Gives a VM to the new owner of its router, with its quota usage."""
    old = (vm.uid if uid != -1 else -1, vm.gid if gid != -1 else -1)
    quotas.move(cloud, old, (uid, gid), vm.kind.owned_quota(cloud, vm))
    if uid != -1:
        vm.uid, vm.uname = router.uid, router.uname
    if gid != -1:
        vm.gid, vm.gname = router.gid, router.gname
    cloud.update(vm)


KIND = VirtualRouterKind()
generic.register(KIND, "vrouter", "info update chown lock unlock delete")
generic.register_pool(KIND, "one.vrouterpool.info")


@method("one.vrouter.allocate", "s", kind=KIND, operation=CREATE)
def allocate(call, text):
    template = generic.parsed(KIND, text)
    authorize(call, (CREATE, creation(KIND, call)), *_needs(call, template))
    quotas.charge(call.cloud, call.uid, call.gid, quotas.VIRTUALROUTER, template)
    return KIND.created(call, template, None)


def _needs(call, template):
    """The rights for using the networks of a router."""
    for nic in template.vectors("NIC"):
        yield from vm_nics.nic_needs(call.cloud, nic, call.uid, USE)


@method("one.vrouter.rename", "is", kind=KIND)
def rename(call, oid, name):
    router = call.cloud.get("VROUTER", oid)
    if router.name != name:
        authorize(call, (call.operation, router))
        check_name(name, ActionError)
        router.name = name
        call.cloud.update(router)
    return oid


@method("one.vrouter.chmod", "iiiiiiiiii", kind=KIND)
def chmod(call, oid, *bits):
    """Changes the permissions; then the daemon uses the numbers of the router's VMs as those of routers."""
    router = call.cloud.get("VROUTER", oid)
    generic.change_permissions(call, router, bits)
    missing = None
    for vm_id in sorted(router.vms):
        other = call.cloud.find("VROUTER", vm_id)
        if other is not None:
            generic.change_permissions(call, other, bits)
        else:
            missing = vm_id
    if missing is not None:
        raise NoExistsError(missing)
    return oid


@method("one.vrouter.instantiate", "iiisbs", kind=KIND)
def instantiate(call, oid, count, template_id, name, hold, extra):
    """Creates VMs of a router from a template (-1: the previous one); `%i` in the name is replaced by a number."""
    cloud = call.cloud
    router = cloud.get("VROUTER", oid)
    common = router.vm_template()
    if template_id == -1:
        template_id = router.template.integer("TEMPLATE_ID")
        if template_id in (None, -1):
            raise ActionError("A template ID was not provided, and the virtual router does not have a default one")
    authorize(call, (MANAGE, router))
    source = cloud.get("TEMPLATE", template_id)
    if not source.template.yes("VROUTER"):
        raise ActionError("Only virtual router templates are allowed")
    name = name or f"vr-{router.name}-%i"
    made = []
    try:
        for number in range(count):
            vm_name = name.replace("%i", str(number))
            made.append(vm_create.from_template(call, source, vm_name, True, extra, common))
    except OneError:
        for vm_id in made:
            vm_actions.end(call, cloud.get("VM", vm_id))
        raise
    router.vms.update(made)
    router.template.set("TEMPLATE_ID", str(template_id))
    cloud.update(router)
    for vm_id in made if not hold else ():
        vm_actions.release(call, cloud.get("VM", vm_id))
    return oid


@method("one.vrouter.attachnic", "is", kind=KIND)
def attach_nic(call, oid, text):
    """Attaches a NIC to a router and to all of its VMs."""
    template = generic.parsed(vm_templates.KIND, text)
    cloud = call.cloud
    router = cloud.get("VROUTER", oid)
    authorize(call, (call.operation, router), *_needs(call, template))
    quotas.charge(cloud, router.uid, router.gid, quotas.VIRTUALROUTER, template)
    try:
        nic = _attach(cloud, router, template)
    except InternalError as refusal:
        quotas.release(cloud, router.uid, router.gid, quotas.VIRTUALROUTER, template)
        raise ActionError(refusal.text) from refusal
    for vm_id in sorted(router.vms):
        try:
            vm_nic_calls.attach(call, vm_id, Template([("NIC", dict(nic))]))
        except OneError as refusal:
            raise ActionError(refusal.text) from refusal
    return oid


def _attach(cloud, router, template):
    nics = template.vectors("NIC")
    if "NIC_ALIAS" in template:
        raise InternalError("Alias can't be attached to virtual router.")
    if len(nics) != 1:
        raise InternalError("The template must contain one NIC attribute")
    nic = dict(nics[0])
    router.lease(
        cloud, nic, max((integer(other["NIC_ID"]) for other in router.template.vectors("NIC")), default=-1) + 1
    )
    router.template.add("NIC", nic)
    cloud.update(router)
    return nic


@method("one.vrouter.detachnic", "ii", kind=KIND)
def detach_nic(call, oid, nic_id):
    """Detaches a NIC from a router and from all of its VMs."""
    cloud = call.cloud
    router = cloud.get("VROUTER", oid)
    authorize(call, (call.operation, router))
    nic = router.nic(nic_id)
    if nic is None:
        raise ActionError(f"NIC with NIC_ID {nic_id} does not exist.")
    vnet_leases.release_nic(cloud, nic, "VROUTER", oid)
    router.template.remove("NIC", nic)
    cloud.update(router)
    quotas.release(cloud, router.uid, router.gid, quotas.VIRTUALROUTER, Template([("NIC", nic)]))
    for vm_id in sorted(router.vms):
        vm_nic_calls.detach(call, vm_id, nic_id)
    return oid
