"""
VMs of OpenNebula, from the master
==================================

Removes short-lived VMs: those that ``onevm.present`` made with ``expires``, once their time is over. A master runs it
by itself, as often as its schedule says:

.. code-block:: yaml

    schedule:
      expired VMs:
        function: onevm.expire
        minutes: 15

Where it finds the cloud is told in the runner ``onelab``: the same minion's pillar, and the master's own options.

Rights: the account Salt works as needs MANAGE on the VMs.
"""

try:
    from onecore.bridge import states as _bridge
    from onecore.bridge import vms as _vm
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import states as _bridge
    from saltext.opennebula.utils.onecore.bridge import vms as _vm

__virtualname__ = "onevm"


def __virtual__():
    return _bridge.virtual_runner(__virtualname__, 1, __opts__)


def expire(test=False, limit=None, profile=None, **kwargs):
    """
    Remove every VM whose time is over, without asking its guest. Only VMs that these states created are removed (they
    carry ``SALT_MANAGED``). Returns what was removed, a row a VM. When one could not be removed it raises: Salt
    shows the rows as ``vms``, and ``error``, which ones and why.

    test
        Look at what would be removed, and write nothing. Defaults to ``False``.

    limit
        How many VMs are removed at the same time. Defaults to all of them.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    CLI Example:

    .. code-block:: bash

        salt-run onevm.expire test=True
        salt-run onevm.expire
    """
    return _vm.expire(globals(), locals())
