"""
Clusters of OpenNebula
======================
"""

try:
    from onecore.bridge import kinds as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import kinds as _bridge

__virtualname__ = "onecluster"

_states = _bridge.States(globals())
__doc__ += _states.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


present = _states.present()
absent = _states.absent()
renamed = _states.renamed()
