"""
VM templates of OpenNebula
==========================

A state sets what it declares and leaves everything else alone: an argument that is left out or ``null`` is not
managed. A template is known by its owner and its name; without ``owner`` it is the template of the account that Salt
converges as. VMs made from a template keep no tie to it: a change reaches new VMs only.

One template serves every user: a NIC that names a network and not its owner finds the network of whoever
instantiates, and so does a disk with its image.

The connection is configured once, under ``opennebula:connection`` in the pillar or the minion's configuration.

Rights: the account creates templates with CREATE on TEMPLATE, and changes or removes them with MANAGE; to give one to
another user it needs MANAGE on the user and USE on the group. VM_RESTRICTED_ATTR in oned.conf lists what only members
of group ``oneadmin`` may say.
"""

try:
    from onecore.bridge import publication as _publication
    from onecore.bridge import states as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import publication as _publication
    from saltext.opennebula.utils.onecore.bridge import states as _bridge

__virtualname__ = "onetemplate"


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def present(
    name,
    owner=None,
    cpu=None,
    vcpu=None,
    memory=None,
    disks=None,
    nics=None,
    context=None,
    graphics=None,
    description=None,
    group=None,
    permissions=None,
    attributes=None,
    profile=None,
    **kwargs,
):
    """
    Ensure that a VM template exists and is as declared.

    name
        Name of the template, at most 128 bytes, without any of ``& | : \\ " ; / ' # { } $ < >``.

    owner
        Name of the user it belongs to. A template of another user with the same name is another template. Defaults
        to the account that Salt converges as.

    cpu
        Share of a physical CPU, such as 0.5.

    vcpu
        Number of virtual CPUs.

    memory
        Memory in MB, or as ``2G``.

    disks
        All disks, in order: a list of mappings with ``image`` and, where it is the same for everybody, its ``owner``;
        ``size`` in MB or as ``20G``; any other attribute of a DISK in lower case.

    nics
        All NICs, in order: a list of mappings with ``network`` and any other attribute of a NIC in lower case. One
        with ``owner`` or ``network_id`` is the same network for everybody, and must say ``shared: true``.

    context
        The whole context: a mapping of texts. ``$NETWORK`` and the like are replaced when a VM is made.

    graphics
        How to reach the console: a mapping with ``type``, ``listen`` and so on.

    description
        Any text.

    group
        Name of its group.

    permissions
        Three octal digits in quotes: owner, group, others; 4 is USE, 2 MANAGE, 1 ADMIN.

    attributes
        Any other attribute of the template, by name: a text, a mapping for a vector, a list for a repeated attribute,
        ``null`` to remove it.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        gateway:
          onetemplate.present:
            - cpu: 0.5
            - memory: 512M
            - disks:
              - {image: debian, owner: oneadmin}
            - nics:
              - {network: EOLE, owner: oneadmin, shared: true}
              - {network: academie}
            - context: {NETWORK: "YES"}
            - permissions: "644"
    """
    return _bridge.present(globals(), "onetemplate", locals())


def absent(name, owner=None, unmanaged=False, profile=None, **kwargs):
    """
    Ensure that a VM template does not exist. Its images and the VMs made from it stay.

    Only a template that these states created is removed (it carries ``SALT_MANAGED``).

    name, owner
        Which template; see :py:func:`present`.

    unmanaged
        Remove it even if these states did not create it. Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        gateway-old:
          onetemplate.absent: []
    """
    return _bridge.absent(globals(), "onetemplate", locals())


def renamed(name, source, owner=None, profile=None, **kwargs):
    """
    Ensure that the VM template called ``source`` is called ``name``; its ID stays.

    name
        The name it shall have.

    source
        The name it has had.

    owner
        Name of the user it belongs to. Defaults to the account that Salt converges as.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        gateway:
          onetemplate.renamed:
            - source: router
    """
    return _bridge.renamed(globals(), "onetemplate", locals())


def published(
    name,
    build=None,
    owner=None,
    keep=None,
    group=None,
    permissions=None,
    attributes=None,
    profile=None,
    **kwargs,
):
    """
    Ensure that a VM template that was built is the one that users know as ``name``.

    The published template keeps its ID and takes the build's content over in one update, so that whoever
    instantiates it gets either the version before or this one. A copy of the version before stays as
    ``<name>-<stamp>``, and the build is removed. What is interrupted, the next run completes. A build that has been
    published already is not needed again.

    name
        The name that users know.

    build
        The name of the template that shall have it, of the same owner. To be free of gaps, it names its images by
        ``IMAGE_ID``.

    owner
        Name of the user they belong to. Defaults to the account that Salt converges as.

    keep
        How many earlier versions stay though no VM was made from them. One with VMs always stays, and so does one
        that these states did not make. All stay when it is left out.

    group, permissions
        Who may use it; see :py:func:`present`. Default to those that it has had.

    attributes
        See :py:func:`present`.

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
