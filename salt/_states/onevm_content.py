"""
The content of OpenNebula's VMs
===============================

More states of VMs, called ``onevm.snapshot_present`` and so on: Salt joins files with the same ``__virtualname__``.
They are about what is on the disks: snapshots, going back to them, what a template has today, images made of disks.

A VM that is powered off for a while only carries the power state to come back to, as ``SALT_RESTORE_POWER``, and one
that makes place for its successor ``SALT_REDEPLOY``: a run after one that was cut short finishes what that one began.

Rights: It takes, removes and goes back to snapshots with MANAGE on the VM; to rebuild or save one it also needs what
making VMs, images and templates takes.
"""

try:
    from onecore.bridge import publication as _publication
    from onecore.bridge import states as _bridge
    from onecore.bridge import vms as _vm
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import publication as _publication
    from saltext.opennebula.utils.onecore.bridge import states as _bridge
    from saltext.opennebula.utils.onecore.bridge import vms as _vm

__virtualname__ = "onevm"


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def snapshot_present(name, owner=None, snapshot=None, disks=None, system=False, profile=None, **kwargs):
    """
    Ensure that disks of a VM have a snapshot of that name. The VM is powered off for it, and afterwards brought back to
    the power state it was in, also when a snapshot fails.

    name, owner
        Which VM; as in ``onevm.present``.

    snapshot
        Name of the snapshot.

    disks
        Numbers of the disks, a list. Defaults to all that can have snapshots: images, but no CD-ROMs and no volatile
        disks.

    system
        Take a system snapshot instead: the whole VM with its memory, while it runs, where the hypervisor has
        them. Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        initial state of web1:
          onevm.snapshot_present:
            - name: web1
            - owner: alice
            - snapshot: initial
    """
    return _vm.state(globals(), "snapshot_present", locals())


def snapshot_absent(name, owner=None, snapshot=None, disks=None, system=False, profile=None, **kwargs):
    """
    Ensure that no disk of a VM has a snapshot of that name. OpenNebula refuses to remove some: which, depends on the
    datastore and on what was built upon them; the comment tells.

    name, owner
        Which VM; as in ``onevm.present``.

    snapshot
        Name of the snapshot.

    disks
        Numbers of the disks, a list. Defaults to all that can have snapshots: images, but no CD-ROMs and no volatile
        disks.

    system
        Remove a system snapshot instead: the whole VM with its memory, while it runs, where the hypervisor has
        them. Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1:
          onevm.snapshot_absent:
            - owner: alice
            - snapshot: before upgrade
    """
    return _vm.state(globals(), "snapshot_absent", locals())


def snapshot_keep(name, owner=None, keep=None, pattern=None, disks=None, system=False, profile=None, **kwargs):
    """
    Ensure that disks of a VM have no more snapshots than that: the oldest of them go. The initial snapshot and the
    active one always stay, and are not counted.

    name, owner
        Which VM; as in ``onevm.present``.

    keep
        How many stay, of each disk.

    pattern
        Which snapshots are counted and may go, by name: ``daily-*``. Defaults to all.

    disks
        Numbers of the disks, a list. Defaults to all that can have snapshots: images, but no CD-ROMs and no volatile
        disks.

    system
        The same for system snapshots: the whole VM with its memory, while it runs, where the hypervisor has them.
        Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1:
          onevm.snapshot_keep:
            - owner: alice
            - keep: 3
            - pattern: daily-*
    """
    return _vm.state(globals(), "snapshot_keep", locals())


def reverted(
    name,
    owner=None,
    snapshot=None,
    disks=None,
    system=False,
    power=None,
    unmanaged=False,
    profile=None,
    **kwargs,
):
    """
    Put disks of a VM back to a snapshot: what was written since is lost. The VM is powered off for it, and afterwards
    brought back to the power state it was in. It is done each time this state runs.

    OpenNebula reverts disk by disk. When one fails, the comment tells which are reverted and which are not, and the VM
    stays powered off; the next run reverts all of them and brings the VM back.

    Only a VM that these states created is reverted (it carries ``SALT_MANAGED``).

    name, owner
        Which VM; as in ``onevm.present``.

    snapshot
        Name of the snapshot. Defaults to the initial one of each disk, the oldest.

    disks
        Numbers of the disks, a list. Defaults to all that can have snapshots: images, but no CD-ROMs and no volatile
        disks.

    system
        Go back to a system snapshot instead: the whole VM with its memory, while it runs, where the hypervisor has
        them. Defaults to ``False``.

    power
        ``running`` or ``poweroff``: the power state to bring it to. Defaults to the one it was in.

    unmanaged
        Revert it even if these states did not create it. Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1 as it was:
          onevm.reverted:
            - name: web1
            - owner: alice
            - snapshot: initial
    """
    return _vm.state(globals(), "reverted", locals())


def rebuilt(
    name,
    owner=None,
    strategy=None,
    snapshot=None,
    template=None,
    template_owner=None,
    power=None,
    unmanaged=False,
    profile=None,
    **kwargs,
):
    """
    Give a VM the content that its template has now: what was written since is lost. It is done each time this state
    runs, and the comment tells how, and why that way.

    Only a VM that these states created is rebuilt (it carries ``SALT_MANAGED``).

    name, owner
        Which VM; as in ``onevm.present``.

    strategy
        ``revert``: each disk goes back to a snapshot. ``recreate``: OpenNebula makes the VM anew from the same images;
        ID, addresses and context stay, snapshots are lost. ``redeploy``: a new VM takes its place, made from the
        template and the images of that name as they are now; name, owner, group, permissions, networks and addresses
        stay, and what the template does not speak of. ``auto``, the default, takes the fastest one of these that gives
        the content that the template has now.

    snapshot
        Name of the snapshot to revert to. Defaults to the initial one of each disk.

    template, template_owner
        The template of a new VM. Defaults to the one that has the name of the template it was made from.

    power
        ``running`` or ``poweroff``: the power state to bring it to. Defaults to the one it was in, or ``running`` where
        it had failed.

    unmanaged
        Rebuild it even if these states did not create it. Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1 on the newest image:
          onevm.rebuilt:
            - name: web1
            - owner: alice
    """
    return _vm.state(globals(), "rebuilt", locals())


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
        The name of the template, if there shall be one. It is like its parent, with the VM's CPU and memory, the
        saved disk by ``IMAGE_ID``, and without CD-ROMs.

    owner
        Name of the user whose VM it is. Defaults to the account that Salt converges as.

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
        Of image and template; see :py:func:`oneimage.present <salt.states.oneimage.present>`.

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
