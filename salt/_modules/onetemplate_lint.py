"""
VM templates that cannot be instantiated
=========================================

More of ``onetemplate``: Salt joins files with the same ``__virtualname__``.
"""

try:
    from onecore.bridge import states as _bridge
    from onecore.bridge import takeover as _takeover
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import states as _bridge
    from saltext.opennebula.utils.onecore.bridge import takeover as _takeover

__virtualname__ = "onetemplate"


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def lint(name=None, owner=None, format="data", profile=None):
    """
    Return what keeps templates from becoming VMs: disks and NICs that name images, networks or security groups which
    do not exist.

    name
        Names of templates, as a list or separated by commas; each may be a pattern such as ``web*``. Defaults to all.

    owner
        Names of their owners, likewise.

    format
        ``data``, or ``table``: a text for people. Defaults to ``data``.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Each has ``template``, ``id``, ``part``, ``finding`` and ``cure``. The exit status is 2 where there is any, which
    ``salt-call`` returns with ``--retcode-passthrough``.

    Rights: USE on the templates, and on what they name.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.lint format=table
    """
    return _takeover.ask(globals(), locals(), _takeover.lint)
