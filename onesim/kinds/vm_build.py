"""A new VM made from what its owner wrote: checks, addresses, images, context, requirements."""

import sys

from onesim.errors import InternalError
from onesim.kinds import vm_backups, vm_context, vm_images, vm_nics, vm_parse, vm_requirements, vm_roles, vm_secrets
from onesim.kinds.vm_states import State
from onesim.things import check_name
from onesim.values import yes, yes_no


def build(cloud, vm):
    """Fills a VM that has just got its number; raises InternalError, and then nothing is in use by it."""
    template = vm.template
    vm_secrets.reveal(template)
    _take_names(vm)
    vm_parse.take_basics(vm)
    vm_parse.take_devices(cloud, vm)
    vm_parse.move_vectors(vm, "NIC")
    vm_parse.move_vectors(vm, "NIC_ALIAS")
    try:
        vm_nics.lease_all(cloud, vm)
        vm_parse.move_vectors(vm, "CONTEXT")
        vm_parse.move_vectors(vm, "DISK")
        if template.singles("TM_MAD_SYSTEM"):
            vm.spec.add("TM_MAD_SYSTEM", template.erase("TM_MAD_SYSTEM"))
        vm_images.acquire_all(cloud, vm)
    except InternalError:
        vm_nics.release_all(cloud, vm)
        raise
    try:
        _finish(cloud, vm)
    except InternalError:
        vm_images.release_all(cloud, vm, failed=False)
        vm_nics.release_all(cloud, vm)
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
    """What is left to do once addresses and images are there."""
    template = vm.template
    if template.singles("SUBMIT_ON_HOLD"):
        vm.spec.set("SUBMIT_ON_HOLD", yes_no(yes(template.erase("SUBMIT_ON_HOLD"))))
    if any(yes(disk.get("CLONING")) for disk in vm.spec.vectors("DISK")):
        vm.state = State.CLONING
    vm_parse.set_boot_order(vm.spec)
    vm_backups.take_config(vm, template, append=False)
    vm_context.build(cloud, vm, auto_nics=False)
    vm_parse.take_requirements(cloud, vm)
    vm_requirements.compute(cloud, vm)
    vm_parse.take_graphics(template, vm.spec)
    vm_parse.take_video(template, vm.spec)
    vm_parse.take_deploy_id(vm)
    vm_roles.join_wanted(cloud, vm)
    vm_secrets.hide(template)
    vm_secrets.hide(vm.spec)
    if not (template.representable() and vm.spec.representable()):
        raise InternalError("Error transforming the VM to XML.")
    share_text(vm.spec)


def share_text(template):
    """Keeps one copy in memory of the many texts that VMs have in common."""
    for _, value in template:
        if isinstance(value, dict):
            items = [(sys.intern(name), sys.intern(text)) for name, text in value.items()]
            value.clear()
            value.update(items)
