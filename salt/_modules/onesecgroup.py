"""
Security groups of OpenNebula
=============================

The commands of OpenNebula's ``onesecgroup``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import memberships as _memberships
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import memberships as _memberships

__virtualname__ = "onesecgroup"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="web")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show", "This includes the VMs that have applied its rules, and those that have not.")
create = _module.common("create", example="web \"{RULE: [{PROTOCOL: TCP, RULE_TYPE: inbound, RANGE: '80,443'}]}\"")
clone = _module.common("clone")
delete = _module.common(
    "delete", "OpenNebula refuses to delete a group that VMs use, but not one to which networks refer."
)
update = _module.common("update", "Every update sends the rules to all VMs that use it.")
rename = _module.common("rename")
chown = _module.common("chown")
chgrp = _module.common("chgrp")
chmod = _module.common("chmod")
commit = _module.own(_memberships.commit)
