"""
Whole infrastructures on OpenNebula
===================================

One state is one user's infrastructure as the pillar ``opennebula`` describes it: the user, the virtual networks,
the gateway. Each object is reported on a line of its own. ``docs/pillar/`` documents every key of the pillar.

Every object created here carries the mark ``SALT_MANAGED="<blueprint>/<user>/<kind>/<name>"``, with ``/adopted`` at its
end if the object was taken over. A copy of the mark on another object is ignored. If an object exists under a declared
owner and name and was not created here, the state fails and does not change it, unless ``adopt`` is set. Objects are
removed only with ``prune``, and only if they were created here.

Changes that would disturb running VMs, such as another VLAN for a network in use, are reported and not made, unless
``disruption`` is ``allow``.

While the pillar has an error, nothing is written: each state fails with all errors.

Rights: the account that Salt connects as is ``oneadmin`` or a member of group ``oneadmin``.
"""

try:
    from onecore.bridge import infrastructure as bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import infrastructure as bridge

__virtualname__ = "opennebula"


def __virtual__():
    return bridge.virtual(__virtualname__, api=1)


def infrastructure(name, prune=None, max_deletions=None, adopt=None, disruption=None, profile=None, **kwargs):
    """
    Ensure that a user's infrastructure is as the pillar describes it.

    name
        Name of the user, a key of ``opennebula:users``.

    prune
        Remove objects that were created for this user and are no longer declared. Defaults to the value in the
        pillar, else ``False``.

    max_deletions
        How many objects one run may remove. If more would be removed, none is, and the state fails. Defaults to the
        value in the pillar, else 5.

    adopt
        Take over objects that exist under declared names and were not created by Salt. They stay marked as adopted:
        ``prune`` never removes them. Defaults to the value in the pillar, else ``False``.

    disruption
        ``allow`` also makes changes that disturb running VMs; with ``refuse`` the state reports them, fails, and makes
        no change at all. Defaults to the value in the pillar, else ``refuse``.

    profile
        Which of ``opennebula:profiles`` to connect to.

    .. code-block:: yaml

        alice:
          opennebula.infrastructure:
            - prune: true
    """
    return bridge.infrastructure(globals(), locals())


def shared(name, adopt=None, disruption=None, profile=None, **kwargs):
    """
    Ensure that the objects for everyone, ``opennebula:shared`` in the pillar, are as described: groups, networks,
    images and templates.

    name
        Any text; it names the state.

    adopt
        Take over objects that exist under declared names and were not created by Salt. They stay marked as adopted:
        ``prune`` never removes them. Defaults to the value in the pillar, else ``False``.

    disruption
        ``allow`` also makes changes that disturb running VMs; with ``refuse`` the state reports them, fails, and makes
        no change at all. Defaults to the value in the pillar, else ``refuse``.

    profile
        Which of ``opennebula:profiles`` to connect to.

    .. code-block:: yaml

        shared objects:
          opennebula.shared: []
    """
    return bridge.infrastructure(globals(), locals(), shared=True)


def absent(name, max_deletions, profile=None, **kwargs):
    """
    Ensure that nothing is left of a user's infrastructure: VMs, networks and the user that carry its mark.

    A user that the pillar still declares is refused.

    name
        Name of the user.

    max_deletions
        How many objects may be removed; if more would go, none does and the state fails.

    profile
        Which of ``opennebula:profiles`` to connect to.

    .. code-block:: yaml

        bob:
          opennebula.absent:
            - max_deletions: 30
    """
    return bridge.demolished(globals(), locals())


def pruned(name, prune=None, max_deletions=None, profile=None, **kwargs):
    """
    Ensure that no object exists that was created from the pillar and is no longer declared: objects of users whose file
    was removed, and shared objects. Does nothing without ``prune``. Objects that were taken over or are in use stay.

    Undeclared objects of declared users are removed by the state of their infrastructure.

    name
        Any text; it names the state.

    prune
        Whether such objects are removed. Defaults to the value at the top of the pillar, else ``False``.

    max_deletions
        How many objects one run may remove. If more would be removed, none is, and the state fails and lists them.
        Defaults to the value at the top of the pillar, else 5.

    profile
        Which of ``opennebula:profiles`` to connect to.

    .. code-block:: yaml

        no longer declared:
          opennebula.pruned:
            - max_deletions: 30
    """
    return bridge.pruned(globals(), locals())


def arrived(name, timeout=None, profile=None, **kwargs):
    """
    Ensure that all declared objects of users have reached a final state: wait for booting VMs and for networks that are
    being created, all together. Apply it after the infrastructures, which do not wait for their gateways.

    name
        Any text; it names the state.

    timeout
        Seconds to wait. Defaults to 600 for VMs and 120 for networks.

    profile
        Which of ``opennebula:profiles`` to connect to.

    .. code-block:: yaml

        everything has arrived:
          opennebula.arrived:
            - timeout: 900
    """
    return bridge.arrived(globals(), locals())


def validated(name, profile=None, **kwargs):
    """
    Ensure that the pillar has no error; otherwise fails with every error and its path. Makes no call.

    name
        Any text; it names the state.

    profile
        Not used, since no call is made; accepted as in the other states.

    .. code-block:: yaml

        pillar opennebula:
          opennebula.validated:
            - failhard: true
    """
    return bridge.validated(globals(), locals())
