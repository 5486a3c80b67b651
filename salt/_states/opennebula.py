"""
Whole infrastructures on OpenNebula
===================================

One state is one user's infrastructure as the pillar ``opennebula`` describes it: the user, the virtual networks,
the gateway. Each object is reported on a line of its own. ``docs/pillar.md`` documents every key of the pillar.

Every object made here carries a mark, ``SALT_MANAGED="<blueprint>/<user>/<kind>/<name>"``, with ``/adopted`` at its end
if the object was taken over. A copy of the mark on another object says nothing. An object that exists under a declared
owner and name, and was not made here, is left as it is, and the state fails, unless ``adopt`` says to take it over.
Nothing is removed unless ``prune`` says so, and then only what was made here.

Changes that would disturb running VMs, such as another VLAN for a network in use, are told and not made, unless
``disruption: allow`` says so.

Nothing at all is written while the pillar has an error: each state then fails with all of them.

Rights: the account Salt converges as is ``oneadmin`` or a member of group ``oneadmin``.
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
        Remove what was made for this user and is no longer declared. Defaults to what the pillar says, else
        ``False``.

    max_deletions
        How many objects one run may remove; if more would go, none does and the state fails. Defaults to what the
        pillar says, else 5.

    adopt
        Take over objects that exist under declared names and were not made by Salt. They stay told apart: ``prune``
        never removes them. Defaults to what the pillar says, else ``False``.

    disruption
        ``allow`` makes changes that disturb running VMs as well; ``refuse`` fails with what they would be, and makes
        none of this state's changes. Defaults to what the pillar says, else ``refuse``.

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
        Take over objects that exist under declared names and were not made by Salt. They stay told apart: ``prune``
        never removes them. Defaults to what the pillar says, else ``False``.

    disruption
        ``allow`` makes changes that disturb running VMs as well; ``refuse`` fails with what they would be, and makes
        none of this state's changes. Defaults to what the pillar says, else ``refuse``.

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
    Ensure that nothing is left that was made from the pillar and is no longer declared there: of users whose file is
    gone, and of the objects for everyone. Does nothing unless ``prune`` says so. What was taken over stays, and so does
    what is in use.

    What is no longer declared of users who are declared is removed with their infrastructure.

    name
        Any text; it names the state.

    prune
        Whether it is removed. Defaults to what the pillar says at its top, else ``False``.

    max_deletions
        How many objects one run may remove; if more would go, none does and the state fails, naming each. Defaults to
        what the pillar says at its top, else 5.

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
    Ensure that whatever the pillar declares for users has arrived in a final state: wait for all VMs that boot, all
    networks that are being made, together. Comes after the infrastructures, which do not wait for their gateways.

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
    Ensure that the pillar has no error; fails with every fault and its path otherwise. Makes no call.

    name
        Any text; it names the state.

    .. code-block:: yaml

        pillar opennebula:
          opennebula.validated:
            - failhard: true
    """
    return bridge.validated(globals(), locals())
