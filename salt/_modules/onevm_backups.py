"""
Backups of OpenNebula's VMs
===========================

More commands of OpenNebula's ``onevm``, under their names: Salt joins files with the same ``__virtualname__``.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import backups as _backups
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import backups as _backups

__virtualname__ = "onevm"

_module = _bridge.Module(globals(), example="web1")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


backup = _module.own(_backups.backup)
backup_cancel = _module.own(_backups.backup_cancel)
backupmode = _module.own(_backups.backupmode)
restore = _module.own(_backups.restore)
