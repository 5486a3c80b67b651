"""
Scheduled actions of OpenNebula's VMs
=====================================

More commands of OpenNebula's ``onevm``, under their names: Salt joins files with the same ``__virtualname__``.
``onevm poweroff --schedule`` and the like are :py:func:`sched_add`.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import schedule as _schedule
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import schedule as _schedule

__virtualname__ = "onevm"

_module = _bridge.Module(globals(), example="web1")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


sched_list = _module.own(_schedule.sched_list)
sched_add = _module.own(_schedule.sched_add)
sched_update = _module.own(_schedule.sched_update)
sched_delete = _module.own(_schedule.sched_delete)
create_chart = _module.own(_schedule.create_chart)
update_chart = _module.own(_schedule.update_chart)
delete_chart = _module.own(_schedule.delete_chart)
