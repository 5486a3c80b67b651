"""
Commands in the guests of OpenNebula's VMs
==========================================

More commands of OpenNebula's ``onevm``, under their names: Salt joins files with the same ``__virtualname__``.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import guests as _guests
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import guests as _guests

__virtualname__ = "onevm"
__func_alias__ = {"exec_": "exec"}

_module = _bridge.Module(globals(), example="web1")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


exec_ = _module.own(_guests.exec_)
exec_retry = _module.own(_guests.exec_retry)
exec_cancel = _module.own(_guests.exec_cancel)
