"""
Datastores of OpenNebula
========================

The commands of OpenNebula's ``onedatastore``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import objects as _objects
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import objects as _objects

__virtualname__ = "onedatastore"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="images")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show", "Its images, and how much room there is, is among it.")
create = _module.common(
    "create",
    option=_bridge.place("cluster", "Its cluster, by name or ID. Defaults to ``default``."),
    rights="CREATE on DATASTORE, ADMIN on the cluster.",
    example='images "{DS_MAD: fs, TM_MAD: shared}" blades',
)
update = _module.common("update", example='images "{LIMIT_MB: 102400}"')
rename = _module.common("rename")
delete = _module.common("delete", "OpenNebula refuses while images are in it.")
chown = _module.common("chown")
chgrp = _module.common("chgrp")
chmod = _module.common("chmod")


def enable(datastore, profile=None):
    """
    Let VMs be put on a system datastore again.

    datastore, profile
        Which datastore, and through which connection; see the module's documentation.

    Rights: MANAGE on the datastore.

    CLI Example:

    .. code-block:: bash

        salt-call onedatastore.enable fast
    """
    return _module.run(profile, _objects.act, datastore, None, "enable", True)


def disable(datastore, profile=None):
    """
    Keep new VMs away from a system datastore; no other can be disabled.

    datastore, profile
        Which datastore, and through which connection; see the module's documentation.

    Rights: MANAGE on the datastore.

    CLI Example:

    .. code-block:: bash

        salt-call onedatastore.disable fast
    """
    return _module.run(profile, _objects.act, datastore, None, "enable", False)
