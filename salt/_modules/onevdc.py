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
delete = _module.common("delete", "Its groups lose their rights.", rights="ADMIN on the VDC.")

addgroup = _module.relation(
    "addgroup",
    "onegroup",
    "Add a group to a VDC, whose members may then use the objects of the VDC. Remove the group from ``default`` "
    "first: if both VDCs contain the same objects, leaving one of them removes the rights of the other.",
    "eole",
)
delgroup = _module.relation("delgroup", "onegroup", "Remove a group from a VDC.", "eole")
addcluster = _module.relation(
    "addcluster",
    "onecluster",
    "Add a cluster to a VDC, whose groups may then use its hosts, datastores and networks.",
    "blades",
    zoned=True,
)
delcluster = _module.relation("delcluster", "onecluster", "Remove a cluster from a VDC.", "blades", zoned=True)
addhost = _module.relation("addhost", "onehost", "Add a host to a VDC.", "host01", zoned=True)
delhost = _module.relation("delhost", "onehost", "Remove a host from a VDC.", "host01", zoned=True)
adddatastore = _module.relation("adddatastore", "onedatastore", "Add a datastore to a VDC.", "default", zoned=True)
deldatastore = _module.relation("deldatastore", "onedatastore", "Remove a datastore from a VDC.", "default", zoned=True)
addvnet = _module.relation("addvnet", "onevnet", "Add a virtual network to a VDC.", "EOLE", zoned=True)
delvnet = _module.relation("delvnet", "onevnet", "Remove a virtual network from a VDC.", "EOLE", zoned=True)
