"""Attributes that have no effect with one.vm.update (src/vm, release 7.4.0), and what to use instead."""

from __future__ import annotations

from ...model.attributes import SET_ITSELF

_OF_THE_TEMPLATE = (
    "CLONING_TEMPLATE_ID CPU_COST DISK DISK_COST EMULATOR HYPERV_OPTIONS IOMMU MEMORY_COST MEMORY_ENCRYPTION "
    "MEMORY_MAX MEMORY_RESIZE_MODE MEMORY_SLOTS NIC_ALIAS NIC_DEFAULT NUMA_NODE PCI SPICE_OPTIONS TOPOLOGY "
    "VCPU_MAX"
)
_MADE = (
    "AUTOMATIC_DS_REQUIREMENTS AUTOMATIC_NIC_REQUIREMENTS AUTOMATIC_REQUIREMENTS CREATED_BY DEPLOY_ID IMPORTED "
    "SECURITY_GROUP_RULE SNAPSHOT TEMPLATE_NAME TM_MAD_SYSTEM VMID VROUTER_ID VROUTER_KEEPALIVED_ID "
    "VROUTER_KEEPALIVED_PASSWORD"
)
#: For each of them, the message that refuses it.
APART = {
    **dict.fromkeys(_OF_THE_TEMPLATE.split(), "declare it in the template, OpenNebula stores it elsewhere"),
    "AS_GID": "use group instead",
    "AS_UID": "use owner instead",
    "TEMPLATE_ID": "use template instead",
    "SUBMIT_ON_HOLD": "set power: hold instead",
    **dict.fromkeys(_MADE.split(), SET_ITSELF),
}
