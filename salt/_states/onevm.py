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
    from onecore.bridge import states as _bridge
    from onecore.bridge import vms as _vm
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import states as _bridge
    from saltext.opennebula.utils.onecore.bridge import vms as _vm

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
    enrolment=None,
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
        All NICs, in order: a list of mappings with ``network``, its ``owner`` where that is not the VM's, a fixed
        address (one of ``ip``, ``ip6``, ``mac``), and any other attribute of a NIC in lower case. A network of another
        user who is no administrator needs ``shared: true``. They take the place of the template's NICs; afterwards
        they are attached and detached one by one.

    context
        Parts of the context, a mapping of texts: added to the template's when the VM is made, and updated on the
        running VM afterwards. ``null`` empties one. A text with ``$`` is written at creation only.

    on_change
        How a change of ``cpu``, ``vcpu``, ``memory``, ``disks``, ``nics`` or ``context`` may reach a VM that exists:
        ``live``, the default, as it is; ``poweroff``, powered off meanwhile and then brought back to the power state it
        was in; ``redeploy``, a new VM takes its place, as with ``onevm.rebuilt``, and what was written on disks is
        lost; ``refuse``, not at all, and the state fails.

    enrolment
        Make a new VM able to become a minion by itself: ``minion_id``, ``secret`` that the master has as well, and
        ``lifetime`` in minutes, 60 unless given. Its context then holds a token, good once and for that id; it is
        written at creation only. See ``docs/enrolment.md`` for what else the context has to tell.

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
