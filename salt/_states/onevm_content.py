"""
The content of OpenNebula's VMs
===============================

More states of VMs, called ``onevm.snapshot_present`` and so on: Salt joins files with the same ``__virtualname__``.

There are also states for the content of disks: snapshots, reverting, rebuilding from the current template, saving disks
as images.

A VM that is powered off temporarily has the attribute ``SALT_RESTORE_POWER`` with its former power state, and one that
is being replaced has ``SALT_REDEPLOY``, so that the next run completes an interrupted one.

Rights: Snapshots need MANAGE on the VM. Rebuilding and saving also need the rights to create VMs, images and templates.
"""

try:
    from onecore.bridge import publication as _publication
    from onecore.bridge import vms as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import publication as _publication
    from saltext.opennebula.utils.onecore.bridge import vms as _bridge

__virtualname__ = "onevm"

_states = _bridge.VmStates(globals())


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


snapshot_present = _states.verb("snapshot_present")
snapshot_absent = _states.verb("snapshot_absent")
snapshot_keep = _states.verb("snapshot_keep")
reverted = _states.verb("reverted")
rebuilt = _states.verb("rebuilt")


def saved(
    name,
    image=None,
    template=None,
    owner=None,
    disk=0,
    type=None,
    version=None,
    build=None,
    labels=None,
    parent=None,
    parent_owner=None,
    group=None,
    permissions=None,
    attributes=None,
    timeout=None,
    profile=None,
    **kwargs,
):
    """
    Ensure that a disk of a VM that is powered off has been saved as an image, and that there is a template for it.

    Nothing is saved twice: what was saved is known by its attributes, also when it has been published since. To save
    the same VM again, give another ``version``, or another ``image``. What is interrupted, the next run completes.

    name
        Name of the VM. It stays as it is.

    image
        The name of the image. It belongs to the VM's owner, as the template does.

    template
        The name of the template; without it, none is created. It is like its parent, with the VM's CPU and memory, the
        saved disk by ``IMAGE_ID``, and without CD-ROMs.

    owner
        Name of the user whose VM it is. Defaults to the account that Salt connects as.

    disk
        Which disk, as OpenNebula numbers them. Defaults to 0.

    type
        Type of the image: ``OS`` or ``DATABLOCK``. Defaults to that of the disk.

    version, build, labels
        What image and template are to say of themselves, in ``VERSION``, ``BUILD`` and ``LABELS``: two texts, and a
        list of texts. ``PARENT`` says which version of which template the VM was made from.

    parent, parent_owner
        The template to derive the new one from. Defaults to the one that the VM was made from.

    group, permissions, attributes
        Of image and template; see :py:func:`oneimage.present <saltext.opennebula.states.oneimage.present>`.

    timeout
        Seconds to wait until the disk is saved. Defaults to 1800.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        scribe-build:
          onevm.saved:
            - image: scribe-daily-build
            - template: scribe-daily-build
            - version: 2026-01-31
            - build: jenkins-4711
            - labels: [scribe, daily]
    """
    return _publication.saved(globals(), locals())
