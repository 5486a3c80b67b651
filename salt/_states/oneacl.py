"""
ACL rules of OpenNebula
=======================

A rule is compared by what it means. One that was there before counts as declared, and is never removed.
"""

try:
    from onecore.bridge import kinds as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import kinds as _bridge

__virtualname__ = "oneacl"

_states = _bridge.States(globals())
__doc__ += _states.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


present = _states.present()
absent = _states.absent()
