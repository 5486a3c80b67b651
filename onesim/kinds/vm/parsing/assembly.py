"""The creation of a VM from a user's template: checks, addresses, images, context, requirements."""

import sys

from onesim.cloud.things import check_name
from onesim.errors import InternalError
from onesim.kinds.vm.parsing import attributes, backups, context, requirements
from onesim.kinds.vm.parts import disk_images, nics, roles, secrets
from onesim.kinds.vm.states import State
from onesim.text.values import yes, yes_no


def build(cloud, vm):
    """Fills a VM that has just got its number; raises InternalError after releasing all resources."""
    template = vm.template
    secrets.reveal(template)
    _take_names(vm)
    attributes.take_basics(vm)
    attributes.take_devices(cloud, vm)
    attributes.move_vectors(vm, "NIC")
    attributes.move_vectors(vm, "NIC_ALIAS")
    try:
        nics.lease_all(cloud, vm)
        attributes.move_vectors(vm, "CONTEXT")
        attributes.move_vectors(vm, "DISK")
        if template.singles("TM_MAD_SYSTEM"):
            vm.spec.add("TM_MAD_SYSTEM", template.erase("TM_MAD_SYSTEM"))
        disk_images.acquire_all(cloud, vm)
    except InternalError:
        nics.release_all(cloud, vm)
        raise
    try:
        _finish(cloud, vm)
    except InternalError:
        disk_images.release_all(cloud, vm, failed=False)
        nics.release_all(cloud, vm)
        raise


def _take_names(vm):
    template = vm.template
    template.erase("VMID")
    vm.spec.add("VMID", str(vm.oid))
    template_id = template.erase("TEMPLATE_ID")
    if template_id:
        vm.spec.add("TEMPLATE_ID", template_id)
    name, prefix = template.erase("NAME"), template.erase("TEMPLATE_NAME")
    vm.name = name or f"{prefix or 'one'}-{vm.oid}"
    check_name(vm.name)


def _finish(cloud, vm):
    """The remaining steps when addresses and images are available."""
    template = vm.template
    if template.singles("SUBMIT_ON_HOLD"):
        vm.spec.set("SUBMIT_ON_HOLD", yes_no(yes(template.erase("SUBMIT_ON_HOLD"))))
    if any(yes(disk.get("CLONING")) for disk in vm.spec.vectors("DISK")):
        vm.state = State.CLONING
    attributes.set_boot_order(vm.spec)
    backups.take_config(vm, template, append=False)
    context.build(cloud, vm, auto_nics=False)
    attributes.take_requirements(cloud, vm)
    requirements.compute(cloud, vm)
    attributes.take_graphics(template, vm.spec)
    attributes.take_video(template, vm.spec)
    attributes.take_deploy_id(vm)
    roles.join_wanted(cloud, vm)
    secrets.hide(template)
    secrets.hide(vm.spec)
    if not (template.representable() and vm.spec.representable()):
        raise InternalError("Error transforming the VM to XML.")
    share_text(vm.spec)


def share_text(template):
    """Shares the memory of texts that many VMs have in common."""
    for _, value in template:
        if isinstance(value, dict):
            items = [(sys.intern(name), sys.intern(text)) for name, text in value.items()]
            value.clear()
            value.update(items)
