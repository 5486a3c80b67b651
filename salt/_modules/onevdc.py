"""
Virtual data centres of OpenNebula
==================================

The commands of OpenNebula's ``onevdc``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge

__virtualname__ = "onevdc"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="eole")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show", "It includes its groups and what they may use; -10 means all objects of a type.")
create = _module.common("create", example='eole "{DESCRIPTION: the team eole}"')
update = _module.common("update", rights="ADMIN on the VDC.", example='eole "{DESCRIPTION: the team eole}"')
rename = _module.common("rename", rights="ADMIN on the VDC.")
delete = _module.common("delete", "Its groups lose what it gave them.", rights="ADMIN on the VDC.")

addgroup = _module.relation(
    "addgroup",
    "onegroup",
    "Add a group to a VDC, whose members may use from then on what the VDC has. Take it out of ``default`` first: "
    "where both VDCs give it the same, leaving the one takes away the rights that the other gives.",
    "eole",
)
delgroup = _module.relation("delgroup", "onegroup", "Take a group out of a VDC.", "eole")
addcluster = _module.relation(
    "addcluster",
    "onecluster",
    "Add a cluster to a VDC, whose groups may use its hosts, datastores and networks from then on.",
    "blades",
    zoned=True,
)
delcluster = _module.relation("delcluster", "onecluster", "Take a cluster out of a VDC.", "blades", zoned=True)
addhost = _module.relation("addhost", "onehost", "Add a host to a VDC.", "host01", zoned=True)
delhost = _module.relation("delhost", "onehost", "Take a host out of a VDC.", "host01", zoned=True)
adddatastore = _module.relation("adddatastore", "onedatastore", "Add a datastore to a VDC.", "default", zoned=True)
deldatastore = _module.relation("deldatastore", "onedatastore", "Take a datastore out of a VDC.", "default", zoned=True)
addvnet = _module.relation("addvnet", "onevnet", "Add a virtual network to a VDC.", "EOLE", zoned=True)
delvnet = _module.relation("delvnet", "onevnet", "Take a virtual network out of a VDC.", "EOLE", zoned=True)
