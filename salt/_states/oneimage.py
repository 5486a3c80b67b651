"""
Images of OpenNebula
====================
"""

try:
    from onecore.bridge import kinds as _bridge
    from onecore.bridge import publication as _publication
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import kinds as _bridge
    from saltext.opennebula.utils.onecore.bridge import publication as _publication

__virtualname__ = "oneimage"

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
    persistent=None,
    description=None,
    group=None,
    permissions=None,
    attributes=None,
    adopt=False,
    timeout=None,
    profile=None,
    **kwargs,
):
    """
    Ensure that an image that was built is the one that users know as ``name``.

    The image that has had the name stays as ``<name>-<stamp>``; VMs that use it go on. The name is exchanged with two
    renames back to back. In between, what names the image does not find it; these states and their tools try again.
    What is interrupted, the next run completes. A build that has been published already is not needed again.

    name
        The name that users know.

    build
        The image to publish under this name, of the same owner. The state waits until it is READY.

    owner
        Name of the user they belong to. Defaults to the account that Salt connects as.

    keep
        How many earlier versions stay though nothing uses them. One that a VM uses, or a template names, always
        stays, and so does one that these states did not create. All stay when it is left out.

    persistent
        Whether what its VM writes stays. Defaults to ``False``: an image for several VMs.

    group, permissions
        Who may use it; see :py:func:`present`. Default to those of the image that has had the name.

    description, attributes
        See :py:func:`present`.

    adopt
        Publish also where something has the name that these states neither made nor published; it steps aside, and is
        never removed by itself. Defaults to ``False``.

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
    waits on: remove the VM to begin again. An image that is there already is not installed again, also when it has
    been published since.

    name
        Name of the image.

    iso, iso_owner
        The CD-ROM image, and whose it is. The owner defaults to the account that Salt connects as.

    template, template_owner
        The VM template that gives the VM its CPU, memory, NICs and graphics; its disks are not used.

    datastore, size
        Where the disk is kept, and how big it is, in MB or as ``20G``.

    owner
        Name of the user whose image and VM it is. Defaults to the account that Salt connects as.

    context
        Parts of the VM's context, a dictionary of texts, which its installer may read. A guest that is to report needs
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
