"""
Images of OpenNebula
====================

A state sets what it declares and leaves everything else alone: an argument that is left out or ``null`` is not
managed. An image is known by its owner and its name; without ``owner`` it is the image of the account that Salt
converges as.

The connection is configured once, under ``opennebula:connection`` in the pillar or the minion's configuration.

Rights: the account registers images with CREATE on IMAGE and USE on the datastore, and changes or removes them with
MANAGE; to give one to another user it needs MANAGE on the user and USE on the group.
"""

try:
    from onecore.bridge import publication as _publication
    from onecore.bridge import states as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import publication as _publication
    from saltext.opennebula.utils.onecore.bridge import states as _bridge

__virtualname__ = "oneimage"


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def present(
    name,
    owner=None,
    datastore=None,
    type=None,
    path=None,
    size=None,
    format=None,
    persistent=None,
    description=None,
    dev_prefix=None,
    group=None,
    permissions=None,
    attributes=None,
    timeout=None,
    profile=None,
    **kwargs,
):
    """
    Ensure that an image exists and is as declared.

    name
        Name of the image, at most 128 bytes, without any of ``& | : \\ " ; / ' # { } $ < >``.

    owner
        Name of the user it belongs to. An image of another user with the same name is another image. Defaults to
        the account that Salt converges as.

    datastore
        Name of the image datastore it is kept in. Needed to register it; it cannot move afterwards.

    type
        ``OS``, ``CDROM``, ``DATABLOCK``, ``KERNEL``, ``RAMDISK`` or ``CONTEXT``.

    path
        Where the data is copied from: a path on the front end or a URL. Needed to register an image that does not
        start empty; it cannot be changed afterwards.

    size
        Size of an image that starts empty, in MB or as ``20G``. It cannot be changed afterwards.

    format
        Format of an image that starts empty, such as ``raw`` or ``qcow2``.

    persistent
        Whether what its VM writes stays, and only one VM at a time can use it.

    description
        Any text.

    dev_prefix
        Prefix of the device that guests see: ``vd``, ``sd`` or ``hd``.

    group
        Name of its group.

    permissions
        Three octal digits in quotes: owner, group, others; 4 is USE, 2 MANAGE, 1 ADMIN.

    attributes
        Any other attribute of the image's template, by name: a text, a mapping for a vector, a list for a repeated
        attribute, ``null`` to remove it.

    timeout
        Seconds to wait until the image is READY. Defaults to 1800, since copying takes as long as the image is big.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        debian:
          oneimage.present:
            - datastore: default
            - type: OS
            - path: https://cloud.example.org/debian-12.qcow2
            - permissions: "644"
    """
    return _bridge.present(globals(), "oneimage", locals())


def absent(name, owner=None, unmanaged=False, profile=None, **kwargs):
    """
    Ensure that an image does not exist.

    Only an image that these states created is removed (it carries ``SALT_MANAGED``), and never one that VMs use.

    name, owner
        Which image; see :py:func:`present`.

    unmanaged
        Remove it even if these states did not create it. Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        debian-11:
          oneimage.absent: []
    """
    return _bridge.absent(globals(), "oneimage", locals())


def renamed(name, source, owner=None, profile=None, **kwargs):
    """
    Ensure that the image called ``source`` is called ``name``; its ID and the VMs that use it stay. Templates that
    name ``source`` find it no longer.

    name
        The name it shall have.

    source
        The name it has had.

    owner
        Name of the user it belongs to. Defaults to the account that Salt converges as.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        debian-12:
          oneimage.renamed:
            - source: debian
    """
    return _bridge.renamed(globals(), "oneimage", locals())


def published(
    name,
    build=None,
    owner=None,
    keep=None,
    persistent=None,
    description=None,
    group=None,
    permissions=None,
    attributes=None,
    timeout=None,
    profile=None,
    **kwargs,
):
    """
    Ensure that an image that was built is the one that users know as ``name``.

    The image that has had the name stays as ``<name>-<stamp>``; VMs that use it go on. The name changes hands in two
    renames back to back. In between, what names the image does not find it; these states and their tools try again.
    What is interrupted, the next run completes. A build that has been published already is not needed again.

    name
        The name that users know.

    build
        The name of the image that shall have it, of the same owner. The state waits until it is READY.

    owner
        Name of the user they belong to. Defaults to the account that Salt converges as.

    keep
        How many earlier versions stay though nothing uses them. One that a VM uses, or a template names, always
        stays, and so does one that these states did not make. All stay when it is left out.

    persistent
        Whether what its VM writes stays. Defaults to ``False``: an image for several VMs.

    group, permissions
        Who may use it; see :py:func:`present`. Default to those of the image that has had the name.

    description, attributes
        See :py:func:`present`.

    timeout
        Seconds to wait until the build is READY. Defaults to 1800.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        debian:
          oneimage.published:
            - build: debian-build
            - keep: 2
            - permissions: "644"
    """
    return _publication.published(globals(), "oneimage", locals())


def from_iso(
    name,
    iso=None,
    template=None,
    datastore=None,
    size=None,
    owner=None,
    iso_owner=None,
    template_owner=None,
    context=None,
    description=None,
    dev_prefix=None,
    group=None,
    permissions=None,
    attributes=None,
    timeout=None,
    profile=None,
    **kwargs,
):
    """
    Ensure that an image exists on which a VM has installed itself from a CD-ROM image, unattended.

    A VM called ``install-<name>`` gets an empty disk and the CD-ROM, and boots from the disk as soon as that can. It
    is done when its guest powers itself off, or reports ``READY=YES`` through OneGate; then it is removed, and the
    disk becomes an image for several VMs. When time is up the VM stays, for a look at its console, and the next run
    waits on: remove the VM to begin anew. An image that is there already is not installed again, also when it has
    been published since.

    name
        Name of the image.

    iso, iso_owner
        The CD-ROM image, and whose it is. The owner defaults to the account that Salt converges as.

    template, template_owner
        The VM template that gives the VM its CPU, memory, NICs and graphics; its disks are not used.

    datastore, size
        Where the disk is kept, and how big it is, in MB or as ``20G``.

    owner
        Name of the user whose image and VM it is. Defaults to the account that Salt converges as.

    context
        Parts of the VM's context, a mapping of texts, which its installer may read. A guest that is to report needs
        ``TOKEN: "YES"``, and OneGate.

    description, dev_prefix, group, permissions, attributes
        See :py:func:`present`.

    timeout
        Seconds that the installation may take. Defaults to 7200.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        eole-build:
          oneimage.from_iso:
            - iso: eole-2.10-alternate-amd64
            - template: installer
            - datastore: default
            - size: 20G
            - timeout: 5400
    """
    return _publication.from_iso(globals(), locals())
