"""
VMs of OpenNebula, from the master
==================================

Removes expired VMs: those that ``onevm.present`` created with ``expires``. Run it by the master's schedule:

.. code-block:: yaml

    schedule:
      expired VMs:
        function: onevm.expire
        minutes: 15

It uses the same pillar and master options as the runner ``onelab``.

Rights: the account Salt connects as needs MANAGE on the VMs.
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
    Remove every expired VM, without shutting its guest down. Only VMs that these states created are removed (they have
    ``SALT_MANAGED``). Returns a row for each removed VM. If one cannot be removed, Salt shows the rows as ``vms``, and
    ``error`` with the reason.

    test
        Show what would be removed, and write nothing. Defaults to ``False``.

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
