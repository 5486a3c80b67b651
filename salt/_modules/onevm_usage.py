"""
What OpenNebula's VMs use and cost
==================================

More commands of OpenNebula's ``onevm``, under their names: Salt joins files with the same ``__virtualname__``.
The commands of ``oneacct`` and ``oneshowback`` are among them.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import usage as _usage
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import usage as _usage

__virtualname__ = "onevm"

_module = _bridge.Module(globals(), example="web1")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


monitoring = _module.own(_usage.monitoring)
accounting = _module.own(_usage.accounting)
showback = _module.own(_usage.showback)
calculate_showback = _module.own(_usage.calculate_showback)
