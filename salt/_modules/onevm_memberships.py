"""
Groups and devices of OpenNebula's VMs
======================================

More commands of OpenNebula's ``onevm``, under their names: Salt joins files with the same ``__virtualname__``.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import memberships as _memberships
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import memberships as _memberships

__virtualname__ = "onevm"

_module = _bridge.Module(globals(), example="web1")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


sg_attach = _module.own(_memberships.sg_attach)
sg_detach = _module.own(_memberships.sg_detach)
vmgroup_add = _module.own(_memberships.vmgroup_add)
vmgroup_del = _module.own(_memberships.vmgroup_del)
pci_attach = _module.own(_memberships.pci_attach)
pci_detach = _module.own(_memberships.pci_detach)
