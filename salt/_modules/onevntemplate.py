"""
Virtual network templates of OpenNebula
=======================================

The commands of OpenNebula's ``onevntemplate``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import vnets as _vnets
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import vnets as _vnets

__virtualname__ = "onevntemplate"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="private", template="attributes")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show")
create = _module.common(
    "create",
    "``VN_MAD`` must be among its attributes.",
    rights="CREATE on VNTEMPLATE; membership in group ``oneadmin`` for the attributes that oned.conf restricts, "
    "``VN_MAD`` among them.",
    example='private "{VN_MAD: vxlan, PHYDEV: eth1, AUTOMATIC_VLAN_ID: true}"',
)
clone = _module.common("clone")
delete = _module.common("delete", "Networks created from it stay.")
update = _module.common(
    "update", "Address ranges among them replace all of the template's.", example='private "{DNS: 10.1.3.1}"'
)
rename = _module.common("rename")
chown = _module.common("chown")
chgrp = _module.common("chgrp")
chmod = _module.common("chmod")
lock = _module.common("lock")
unlock = _module.common("unlock")


def instantiate(vntemplate, name, as_user=None, as_group=None, extra=None, owner=None, profile=None):
    """
    Make a virtual network from a template; returns the ID of the network, which is READY a moment later, or in ERROR.

    vntemplate, owner, profile
        Which virtual network template, and through which connection; see the module's documentation.

    name
        Name of the network.

    as_user
        The user who gets it, by name or ID, who must be able to use the template. Defaults to the account.

    as_group
        The group that gets it, by name or ID. Defaults to the primary group of ``as_user``.

    extra
        Further attributes, as a mapping or as OpenNebula's text. Address ranges are added to those of the
        template, and with OpenNebula 6 in their place. OpenNebula 7 refuses a VLAN that the user's group has no VLAN
        rule for.

    Rights: USE on the template and CREATE on NET; MANAGE on the user and group of ``as_user``.

    CLI Example:

    .. code-block:: bash

        salt-call onevntemplate.instantiate private lan as_user=alice extra="{DNS: 10.1.3.1}"
    """
    return _module.run(profile, _vnets.instantiate, vntemplate, owner, name, as_user, as_group, extra)
