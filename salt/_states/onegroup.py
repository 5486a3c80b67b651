"""
Groups of OpenNebula
====================

OpenNebula cannot rename a group.
"""

try:
    from onecore.bridge import infrastructure as _infrastructure
    from onecore.bridge import kinds as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import infrastructure as _infrastructure
    from saltext.opennebula.utils.onecore.bridge import kinds as _bridge

__virtualname__ = "onegroup"

_states = _bridge.States(globals())
__doc__ += _states.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


present = _states.present()
absent = _states.absent()


def default_quota(name, quota=None, profile=None, **kwargs):
    """
    Ensure that the default quota of groups has certain limits: it holds for groups whose own quota says nothing.

    name
        Anything.

    quota
        Limits as in ``present``, but for those of clusters; -2 is no limit, and so is ``null``. A limit that is not
        named stays.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        default quota of groups:
          onegroup.default_quota:
            - quota: {vms: 10, memory: 16G}
    """
    return _infrastructure.default_quota(globals(), "groups", locals())
