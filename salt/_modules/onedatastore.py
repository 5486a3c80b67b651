"""
Datastores of OpenNebula
========================

The commands of OpenNebula's ``onedatastore``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge

__virtualname__ = "onedatastore"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="images")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show", "This includes its images and its free space.")
create = _module.common(
    "create",
    option=_bridge.place("cluster", "Its cluster, by name or ID. Defaults to ``default``."),
    rights="CREATE on DATASTORE, ADMIN on the cluster.",
    example='images "{DS_MAD: fs, TM_MAD: shared}" blades',
)
update = _module.common("update", example='images "{LIMIT_MB: 102400}"')
rename = _module.common("rename")
delete = _module.common("delete", "OpenNebula refuses to delete a datastore with images.")
chown = _module.common("chown")
chgrp = _module.common("chgrp")
chmod = _module.common("chmod")


enable = _module.call("enable", "enable", "Enable a system datastore for VMs again.", "fast", sends=(True,))


disable = _module.call(
    "disable",
    "enable",
    "Disable a system datastore for new VMs; other datastores cannot be disabled.",
    "fast",
    sends=(False,),
)
