"""
VMs of OpenNebula
=================

OpenNebula lets a user have several VMs of one name; these states count on one, and fail when they find more.

A VM is instantiated as its owner, so that networks and images that are named without owner are the owner's. It joins
networks of its owner, or networks that are shared; never another user's, though OpenNebula would let an
administrator do that.
"""

try:
    from onecore.bridge import kinds as _bridge
    from onecore.bridge import vms as _vm
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import kinds as _bridge
    from saltext.opennebula.utils.onecore.bridge import vms as _vm

__virtualname__ = "onevm"

_states = _bridge.States(globals())
__doc__ += _states.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


present = _states.present()
absent = _states.absent()
renamed = _states.renamed()


def running(name, owner=None, timeout=None, profile=None, **kwargs):
    """
    Ensure that a VM runs. One that is on its way there is waited for.

    name, owner
        Which VM; see :py:func:`present`.

    timeout
        Seconds to wait for each step on the way. Defaults to 600.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1:
          onevm.running:
            - owner: alice
    """
    return _vm.state(globals(), "running", locals())


def powered_off(name, owner=None, hard=False, timeout=None, profile=None, **kwargs):
    """
    Ensure that a VM is powered off, and stays on its host.

    name, owner
        Which VM; see :py:func:`present`.

    hard
        Do not ask the guest. Defaults to ``False``.

    timeout
        Seconds to wait for each step on the way. Defaults to 600.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1:
          onevm.powered_off:
            - owner: alice
    """
    return _vm.state(globals(), "powered_off", locals())


def suspended(name, owner=None, timeout=None, profile=None, **kwargs):
    """
    Ensure that a VM is suspended, its memory saved on its host.

    name, owner
        Which VM; see :py:func:`present`.

    timeout
        Seconds to wait for each step on the way. Defaults to 600.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1:
          onevm.suspended:
            - owner: alice
    """
    return _vm.state(globals(), "suspended", locals())


def undeployed(name, owner=None, hard=False, timeout=None, profile=None, **kwargs):
    """
    Ensure that a VM is off and takes up no host: its disks are in the system datastore.

    name, owner
        Which VM; see :py:func:`present`.

    hard
        Do not ask the guest. Defaults to ``False``.

    timeout
        Seconds to wait for each step on the way. Defaults to 600.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1:
          onevm.undeployed:
            - owner: alice
    """
    return _vm.state(globals(), "undeployed", locals())
