"""
Zones of OpenNebula
===================

The commands of OpenNebula's ``onezone``, under their names, but for ``set``, which is a matter of the CLI itself, and
``serversync``, which works on the front end.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import administration as _administration
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import administration as _administration

__virtualname__ = "onezone"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="lyon")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show", "This includes its endpoint and its servers.")
create = _module.common(
    "create",
    "Only the master of a federation can.",
    example="lyon \"{ENDPOINT: 'http://lyon.example.org:2633/RPC2'}\"",
)
update = _module.common("update", example="lyon \"{ENDPOINT: 'http://lyon.example.org:2633/RPC2'}\"")
rename = _module.common("rename")
delete = _module.common("delete", "OpenNebula's first one stays.", rights="ADMIN on the zone.")


enable = _module.call(
    "enable",
    "enable",
    "Enable a zone; OpenNebula 6.0 and newer.",
    "lyon",
    sends=(True,),
    rights="ADMIN on the zone.",
)


disable = _module.call(
    "disable",
    "enable",
    "Disable a zone, which then refuses all write calls; OpenNebula 6.0 and newer.",
    "lyon",
    sends=(False,),
    rights="ADMIN on the zone.",
)


def server_add(zone, name, endpoint, profile=None):
    """
    Add a server to a zone of several (high availability).

    zone, profile
        Which zone, and through which connection; see the module's documentation.

    name
        What the server is called.

    endpoint
        Its XML-RPC endpoint.

    Rights: ADMIN on the zone.

    CLI Example:

    .. code-block:: bash

        salt-call onezone.server_add lyon server-1 http://one2.example.org:2633/RPC2
    """
    return _module.run(profile, _administration.add_server, zone, name, endpoint)


server_del = _module.call(
    "server_del",
    "delserver",
    "Remove a server from a zone.",
    "lyon 1",
    takes={"server_id": "Its ID."},
    rights="ADMIN on the zone.",
)


server_reset = _module.call(
    "server_reset",
    "resetserver",
    "Restart the replication to a server of a zone.",
    "lyon 1",
    takes={"server_id": "Its ID."},
    rights="ADMIN on the zone.",
)
