"""
VMs of OpenNebula
=================

A state sets what it declares and leaves everything else alone: an argument that is left out or ``null`` is not
managed. OpenNebula lets a user have several VMs of one name; these states count on one, and fail when they find more.

A VM is instantiated as its owner, so that networks and images that are named without owner are the owner's. It joins
networks of its owner, or networks that are shared; never another user's, though OpenNebula would let an
administrator do that.

The connection is configured once, under ``opennebula:connection`` in the pillar or the minion's configuration.

Rights: the account makes VMs with USE on the template, its images and networks; for another user it is ``oneadmin``,
or has MANAGE on the user and the group, and the owner needs USE on the template. It changes or removes VMs with
MANAGE.
"""

try:
    from onecore import bridge as _bridge
    from onecore import bridge_publication as _publication
    from onecore import bridge_vm as _vm
except ImportError:
    from saltext.opennebula.utils.onecore import bridge as _bridge
    from saltext.opennebula.utils.onecore import bridge_publication as _publication
    from saltext.opennebula.utils.onecore import bridge_vm as _vm

__virtualname__ = "onevm"


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def present(
    name,
    owner=None,
    template=None,
    template_owner=None,
    cpu=None,
    vcpu=None,
    memory=None,
    disks=None,
    nics=None,
    context=None,
    on_change=None,
    power=None,
    wait=None,
    expires=None,
    group=None,
    permissions=None,
    attributes=None,
    timeout=None,
    profile=None,
    **kwargs,
):
    """
    Ensure that a VM exists and is as declared.

    name
        Name of the VM, at most 128 bytes, without any of ``& | : \\ " ; / ' # { } $ < >``.

    owner
        Name of the user it belongs to. Defaults to the account that Salt converges as.

    template
        Name of the VM template it is made from. Needed to create it, and without effect afterwards.

    template_owner
        Name of the user whose template that is. Defaults to the account that Salt converges as.

    cpu
        Share of a physical CPU, such as 0.5. A running VM is resized where its hypervisor can.

    vcpu
        Number of virtual CPUs.

    memory
        Memory in MB, or as ``2G``.

    disks
        Sizes of disks, by their number: ``{0: 20G}``, in MB or with a unit. OpenNebula makes disks bigger, never
        smaller.

    nics
        All NICs, in order: a list of mappings with ``network``, its ``owner`` where that is not the VM's, fixed
        addresses (``ip``, ``ip6``, ``mac``), and any other attribute of a NIC in lower case. A network of another
        user who is no administrator needs ``shared: true``. They take the place of the template's NICs; afterwards
        they are attached and detached one by one.

    context
        Parts of the context, a mapping of texts: added to the template's when the VM is made, and updated on the
        running VM afterwards. ``null`` empties one. A text with ``$`` is written at creation only.

    on_change
        How a change of ``cpu``, ``vcpu``, ``memory``, ``disks``, ``nics`` or ``context`` may reach a VM that exists:
        ``live``, the default, as it is; ``poweroff``, powered off meanwhile and then brought back to the power state it
        was in; ``redeploy``, a new VM takes its place, see :py:func:`rebuilt`, and what was written on disks is lost;
        ``refuse``, not at all, and the state fails.

    power
        ``running``, ``poweroff``, ``suspended``, ``stopped``, ``undeployed``, or ``hold`` for a new VM.

    wait
        Whether to wait until the VM is there. Defaults to ``True``.

    expires
        When the VM may go: after an age (``90m``, ``12h``, ``7d``, ``2w``), after a day (``2026-12-31``) or at a time
        (``2026-12-31T18:00``, in UTC unless it names its offset). The runner ``onevm.expire`` removes it. An empty text
        lets it live.

    group
        Name of its group.

    permissions
        Three octal digits in quotes: owner, group, others; 4 is USE, 2 MANAGE, 1 ADMIN.

    attributes
        Any other attribute of the user's part of the VM's template, by name: a text, a mapping for a vector, a list
        for a repeated attribute, ``null`` to remove it. What has an argument of its own is refused here, and so is
        what a VM takes from its template alone, where it is to be declared: ``CPU_COST``, ``CPU_MODEL``, ``DISK``,
        ``DISK_COST``, ``EMULATOR``, ``FEATURES``, ``GRAPHICS``, ``HYPERV_OPTIONS``, ``INPUT``, ``IOMMU``,
        ``MEMORY_COST``, ``MEMORY_MAX``, ``MEMORY_RESIZE_MODE``, ``MEMORY_SLOTS``, ``NIC_ALIAS``, ``NIC_DEFAULT``,
        ``NUMA_NODE``, ``OS``, ``PCI``, ``RAW``, ``SPICE_OPTIONS``, ``TEMPLATE_ID``, ``TOPOLOGY``, ``TPM``,
        ``VCPU_MAX``, ``VIDEO`` and ``VMGROUP``.

    timeout
        Seconds to wait until the VM is there. Defaults to 600.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        gateway of alice:
          onevm.present:
            - name: gateway
            - owner: alice
            - template: gateway
            - nics:
              - {network: EOLE, owner: oneadmin, ip: 192.168.230.11}
              - {network: academie, ip: 192.168.0.1}
            - context: {HOSTNAME: gw-alice}
            - power: running
    """
    return _bridge.present(globals(), "onevm", locals())


def running(name, owner=None, timeout=None, profile=None, **kwargs):
    """
    Ensure that a VM runs. One that is on its way there is waited for.

    name, owner
        Which VM; see :py:func:`present`.

    timeout
        Seconds to wait for each step on the way. Defaults to 600.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1:
          onevm.running:
            - owner: alice
    """
    return _vm.state(globals(), "running", locals())


def powered_off(name, owner=None, hard=False, timeout=None, profile=None, **kwargs):
    """
    Ensure that a VM is powered off, and stays on its host.

    name, owner
        Which VM; see :py:func:`present`.

    hard
        Do not ask the guest. Defaults to ``False``.

    timeout
        Seconds to wait for each step on the way. Defaults to 600.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1:
          onevm.powered_off:
            - owner: alice
    """
    return _vm.state(globals(), "powered_off", locals())


def suspended(name, owner=None, timeout=None, profile=None, **kwargs):
    """
    Ensure that a VM is suspended, its memory saved on its host.

    name, owner
        Which VM; see :py:func:`present`.

    timeout
        Seconds to wait for each step on the way. Defaults to 600.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1:
          onevm.suspended:
            - owner: alice
    """
    return _vm.state(globals(), "suspended", locals())


def undeployed(name, owner=None, hard=False, timeout=None, profile=None, **kwargs):
    """
    Ensure that a VM is off and takes up no host: its disks are in the system datastore.

    name, owner
        Which VM; see :py:func:`present`.

    hard
        Do not ask the guest. Defaults to ``False``.

    timeout
        Seconds to wait for each step on the way. Defaults to 600.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1:
          onevm.undeployed:
            - owner: alice
    """
    return _vm.state(globals(), "undeployed", locals())


def snapshot_present(name, owner=None, snapshot=None, disks=None, system=False, profile=None, **kwargs):
    """
    Ensure that disks of a VM have a snapshot of that name. The VM is powered off for it, and afterwards brought back to
    the power state it was in, also when a snapshot fails.

    name, owner
        Which VM; see :py:func:`present`.

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
        Which VM; see :py:func:`present`.

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
        Which VM; see :py:func:`present`.

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
        Which VM; see :py:func:`present`.

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
        Which VM; see :py:func:`present`.

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


def absent(name, owner=None, hard=True, unmanaged=False, profile=None, **kwargs):
    """
    Ensure that a VM does not exist: it is terminated, and what its non-persistent disks held is lost.

    Only a VM that these states created is removed (it carries ``SALT_MANAGED``).

    name, owner
        Which VM; see :py:func:`present`.

    hard
        Do not ask the guest. With ``false`` the guest is told to shut down first; one that does not, stays, and the
        state fails. Defaults to ``True``.

    unmanaged
        Remove it even if these states did not create it. Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1:
          onevm.absent:
            - owner: alice
    """
    return _vm.absent(globals(), locals())


def renamed(name, source, owner=None, profile=None, **kwargs):
    """
    Ensure that the VM called ``source`` is called ``name``; it runs on. The guest is not told.

    name
        The name it shall have.

    source
        The name it has had.

    owner
        Name of the user it belongs to. Defaults to the account that Salt converges as.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1:
          onevm.renamed:
            - source: www
            - owner: alice
    """
    return _bridge.renamed(globals(), "onevm", locals())


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
