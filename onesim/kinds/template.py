"""VM templates."""

import time
from dataclasses import replace

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing, check_name, permissions_for
from onesim.errors import ActionError, AuthorizationError, InternalError, NoExistsError, OneError
from onesim.kinds import sched_action
from onesim.kinds.image import calls as image_calls
from onesim.kinds.vm.parts import disks as vm_disks
from onesim.kinds.vm.parts import nics as vm_nics
from onesim.kinds.vm.parts import secrets as vm_secrets
from onesim.oned_conf import VM_DRIVERS, VM_RESTRICTED
from onesim.rights.access import CREATE, USE, USE_NO_LOCK, authorize, creation
from onesim.text.values import join, yes

GONE_FROM_CLONED_DISKS = ("IMAGE", "IMAGE_UNAME", "IMAGE_UID", "OPENNEBULA_MANAGED")


class VmTemplate(Thing):
    def __init__(self, template, call):
        super().__init__(template, "", call.uid, call.gid, call.uname, call.gname)
        self.permissions = permissions_for(call.uid, call.gid, call.umask)
        self.registered = int(time.time())

    def inserting(self, cloud):
        self.name = self.template.erase("NAME")
        check_contents(self.template)

    def render(self):
        return self.xml_with(self.template)

    def xml_with(self, template):
        """The XML with another template in place of its own."""
        return (
            f"<VMTEMPLATE>{self.head_xml()}{self.lock_xml()}{self.permissions_xml()}"
            f"<REGTIME>{self.registered}</REGTIME>{template.xml()}</VMTEMPLATE>"
        )


def check_contents(template):
    """Refuses invalid scheduled actions and raw hypervisor data."""
    try:
        for vector in template.vectors("SCHED_ACTION"):
            sched_action.read(vector, 0)
    except ActionError as refusal:
        raise InternalError(refusal.text) from refusal
    check_raw(template)


def check_raw(template):
    """Refuses RAW data for a hypervisor without a driver."""
    raw = template.vector("RAW")
    if raw is None or not yes(raw.get("VALIDATE", "YES")):
        return
    if raw.get("TYPE", "").lower() not in VM_DRIVERS:
        raise InternalError("Invalid RAW section: unsupported TYPE")


class VmTemplateKind(Kind):
    name, title, xml_title = "TEMPLATE", "virtual machine template", "Template"
    tag, pool_tag = "VMTEMPLATE", "VMTEMPLATE_POOL"
    thing = VmTemplate
    lockable = True
    restricted = VM_RESTRICTED

    def updated_template(self, cloud, thing, old):
        check_contents(thing.template)
        vm_secrets.hide(thing.template)

    def created(self, call, template, cluster):
        check_name(template.get("NAME"))
        pool = call.cloud.pool("TEMPLATE")
        taken = pool.named(template.get("NAME"), call.uid)
        if taken:
            raise InternalError(f"NAME is already taken by TEMPLATE {taken.oid}.")
        vm_secrets.hide(template)
        return pool.insert(VmTemplate(template, call))


KIND = VmTemplateKind()
generic.register(KIND, "template", "update rename chown lock unlock")
generic.register_pool(KIND, "one.templatepool.info")


@method("one.template.allocate", "s", kind=KIND, operation=CREATE)
def allocate(call, text):
    return generic.allocate(call, KIND, text, check=_check_restricted)


def _check_restricted(call, template):
    name = None if call.is_admin else VM_RESTRICTED.first(template)
    if name:
        raise AuthorizationError(f"VM Template includes a restricted attribute {name}")


@method("one.template.info", "ibb", defaults=(False, False), kind=KIND, operation=USE_NO_LOCK, writes=False)
def info(call, oid, extended, decrypt):
    """The template; `extended` with the attributes of its images and networks, which needs USE of them."""
    thing = call.cloud.get("TEMPLATE", oid)
    needs = [(call.operation, thing)]
    template = thing.template
    if extended:
        template = template.copy()
        needs += vm_disks.needs(call.cloud, template, call.uid, check_lock=False)
        needs += vm_nics.needs(call.cloud, template, call.uid, check_lock=False)
        vm_disks.extend(call.cloud, template, call.uid)
    authorize(call, *needs)
    if decrypt and call.is_admin and not extended:
        template = vm_secrets.revealed(template)
    return thing.xml_with(template)


@method("one.template.delete", "ib", defaults=(False,), kind=KIND)
def delete(call, oid, recursive):
    """Deletes a template; `recursive` with its images, as far as possible."""
    thing = call.cloud.get("TEMPLATE", oid)
    generic.remove(call, KIND, oid)
    for image_id in _image_ids(call, thing.template) if recursive else ():
        try:
            image_calls.delete(replace(call), image_id, False)
        except OneError:
            continue  # the daemon only logs these
    return oid


def _image_ids(call, template):
    """The numbers of the images of a template's disks."""
    found = set()
    for disk in template.vectors("DISK"):
        oid = vm_disks.image_id(call.cloud, disk, call.uid)
        if oid is not None:
            found.add(oid)
    return sorted(found)


@method("one.template.chmod", "iiiiiiiiiib", defaults=(False,), kind=KIND)
def chmod(call, oid, *arguments):
    """Changes the permissions; with a last True also those of the template's images."""
    *bits, recursive = arguments
    thing = call.cloud.get("TEMPLATE", oid)
    generic.change_permissions(call, thing, bits)
    refused = set()
    for image_id in _image_ids(call, thing.template) if recursive else ():
        try:
            generic.change_permissions(call, call.cloud.get("IMAGE", image_id), bits)
        except OneError:
            refused.add(image_id)
    if refused:
        raise ActionError(f"Cannot chmod image: {join(refused)}")
    return oid


@method("one.template.clone", "isb", defaults=(False,), kind=KIND, operation=USE)
def clone(call, oid, name, recursive):
    return clone_template(call, oid, name, recursive)


def clone_template(call, oid, name, recursive, extra="", persistent=False):
    """Copies a template for the caller; `recursive` with copies of its images. Returns the number of the copy."""
    source = call.cloud.get("TEMPLATE", oid)
    template = merged(call, source.template, extra)
    template.set("NAME", name)
    authorize(call, (CREATE, source), (CREATE, creation(KIND, call)))
    new_id = KIND.created(call, template, None)
    if recursive:
        _clone_images(call, new_id, name, persistent)
    return new_id


def _clone_images(call, new_id, name, persistent):
    """Replaces the images of a new template with copies; deletes the template if one is refused.

    Copies that were created before stay, since images that are still being copied cannot be deleted.
    """
    thing = call.cloud.get("TEMPLATE", new_id)
    disks = [dict(disk) for disk in thing.template.vectors("DISK")]
    try:
        for index, disk in enumerate(disks):
            image_id = vm_disks.image_id(call.cloud, disk, call.uid)
            if image_id is None:
                continue
            copy_id = image_calls.clone_image(call, image_id, f"{name}-disk-{index}", persistent=persistent)
            for attribute in GONE_FROM_CLONED_DISKS:
                disk.pop(attribute, None)
            disk["IMAGE_ID"] = str(copy_id)
    except OneError as refusal:
        call.cloud.drop(thing)
        text = "" if isinstance(refusal, NoExistsError) else refusal.text
        raise ActionError(f"Failed to clone images: {text}") from refusal
    thing.template.erase("DISK")
    for disk in disks:
        thing.template.add("DISK", disk)
    call.cloud.update(thing)


def merged(call, template, extra):
    """A copy of a template merged with a caller's extra text; only administrators may change restricted attributes."""
    template = template.copy()
    additions = generic.parsed(KIND, extra)
    if not additions:
        return template
    name = None if call.is_admin else VM_RESTRICTED.changed(additions, template, append=True)
    if name:
        raise AuthorizationError(f"User Template includes a restricted attribute {name}")
    template.merge(additions)
    return template
