"""
Hosts of OpenNebula
===================

The commands of OpenNebula's ``onehost``, under their names,
but for those that work on the front end and not on the daemon: ``sync``, ``forceupdate`` and ``top``.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import administration as _administration
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import administration as _administration

__virtualname__ = "onehost"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="host01")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show", "This includes its capacity, its usage and its VMs.")
update = _module.common("update", rights="ADMIN on the host.", example='host01 "{RESERVED_CPU: -100%}"')
rename = _module.common("rename", rights="ADMIN on the host.")
delete = _module.common("delete", "OpenNebula refuses to delete a host with VMs.", rights="ADMIN on the host.")


def create(name, im_mad, vm_mad, cluster=None, profile=None):
    """
    Create a host; returns its ID.

    name
        Its name, by which the front end reaches it.

    im_mad, vm_mad
        The drivers that monitor it and that run VMs on it, such as ``kvm``.

    cluster
        Its cluster, by name or ID. Defaults to ``default``.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: CREATE on HOST, ADMIN on the cluster.

    CLI Example:

    .. code-block:: bash

        salt-call onehost.create host04 kvm kvm cluster=blades
    """
    return _module.run(profile, _administration.create_host, name, im_mad, vm_mad, cluster)


def enable(host, profile=None):
    """
    Let VMs come to a host again.

    host, profile
        Which host, and through which connection; see the module's documentation.

    Rights: ADMIN on the host.

    CLI Example:

    .. code-block:: bash

        salt-call onehost.enable host01
    """
    return _module.run(profile, _administration.set_status, host, "enabled")


def disable(host, profile=None):
    """
    Keep new VMs away from a host; those that run there go on.

    host, profile
        Which host, and through which connection; see the module's documentation.

    Rights: ADMIN on the host.

    CLI Example:

    .. code-block:: bash

        salt-call onehost.disable host01
    """
    return _module.run(profile, _administration.set_status, host, "disabled")


def offline(host, profile=None):
    """
    Take a host out of service: OpenNebula looks at it no more.

    host, profile
        Which host, and through which connection; see the module's documentation.

    Rights: ADMIN on the host.

    CLI Example:

    .. code-block:: bash

        salt-call onehost.offline host01
    """
    return _module.run(profile, _administration.set_status, host, "offline")


def flush(host, profile=None):
    """
    Disable a host, and have the scheduler put its VMs on others; returns their IDs.

    host, profile
        Which host, and through which connection; see the module's documentation.

    Rights: ADMIN on the host and on the VMs.

    CLI Example:

    .. code-block:: bash

        salt-call onehost.flush host01
    """
    return _module.run(profile, _administration.flush, host)


def monitoring(host, profile=None):
    """
    Return what was measured of a host lately, as nested dictionaries in OpenNebula's own words.

    host, profile
        Which host, and through which connection; see the module's documentation.

    Rights: USE on the host.

    CLI Example:

    .. code-block:: bash

        salt-call onehost.monitoring host01
    """
    return _module.run(profile, _administration.monitoring, host)
