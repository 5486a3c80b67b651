"""
VM templates of OpenNebula
==========================

VMs are not linked to the template that they were created from: a change affects new VMs only.

One template serves every user: a NIC that names a network without its owner joins the network of the user who
instantiates the template, and a disk uses the image of that user.
"""

try:
    from onecore.bridge import kinds as _bridge
    from onecore.bridge import publication as _publication
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import kinds as _bridge
    from saltext.opennebula.utils.onecore.bridge import publication as _publication

__virtualname__ = "onetemplate"

_states = _bridge.States(globals())
__doc__ += _states.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


present = _states.present()
absent = _states.absent()
renamed = _states.renamed()


def published(
    name,
    build=None,
    owner=None,
    keep=None,
    group=None,
    permissions=None,
    attributes=None,
    adopt=False,
    profile=None,
    **kwargs,
):
    """
    Ensure that a VM template that was built is published as ``name``.

    The published template keeps its ID and gets the content of the build in one update, so users instantiate either the
    previous version or this one. A copy of the previous version stays as ``<name>-<stamp>``, and the build is removed.
    The next run completes an interrupted one. A build that has already been published is not needed again.

    name
        The name that users know.

    build
        The template to publish under this name, of the same owner. To be free of gaps, it names its images by
        ``IMAGE_ID``.

    owner
        Name of the user they belong to. Defaults to the account that Salt connects as.

    keep
        How many earlier versions stay though no VM was made from them. One with VMs always stays, and so does one
        that these states did not create. All stay when it is left out.

    group, permissions
        Who may use it; see :py:func:`present`. Default to those that it has had.

    attributes
        See :py:func:`present`.

    adopt
        Publish also where something has the name that these states neither made nor published; it steps aside, and is
        never removed by itself. Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        scribe-daily:
          onetemplate.published:
            - build: scribe-daily-build
            - keep: 2
            - permissions: "644"
    """
    return _publication.published(globals(), "onetemplate", locals())
