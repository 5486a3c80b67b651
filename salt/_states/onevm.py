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
except ImportError:
    from saltext.opennebula.utils.onecore import bridge as _bridge

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
    nics=None,
    context=None,
    enrolment=None,
    power=None,
    wait=None,
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

    nics
        All NICs, in order: a list of mappings with ``network``, its ``owner`` where that is not the VM's, fixed
        addresses (``ip``, ``ip6``, ``mac``), and any other attribute of a NIC in lower case. A network of another
        user who is no administrator needs ``shared: true``. They take the place of the template's NICs; afterwards
        they are attached and detached one by one.

    context
        Parts of the context, a mapping of texts: added to the template's when the VM is made, and updated on the
        running VM afterwards. ``null`` empties one. A text with ``$`` is written at creation only.

    enrolment
        Make a new VM able to become a minion by itself: ``minion_id``, ``secret`` that the master has as well, and
        ``lifetime`` in minutes, 60 unless given. Its context then holds a token, good once and for that id; it is
        written at creation only. See ``docs/enrolment.md`` for what else the context has to tell.

    power
        ``running``, ``poweroff``, ``suspended``, ``stopped``, ``undeployed``, or ``hold`` for a new VM.

    wait
        Whether to wait until the VM is there. Defaults to ``True``.

    group
        Name of its group.

    permissions
        Three octal digits in quotes: owner, group, others; 4 is USE, 2 MANAGE, 1 ADMIN.

    attributes
        Any other attribute of the user's part of the VM's template, by name: a text, a mapping for a vector, a list
        for a repeated attribute, ``null`` to remove it.

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


def absent(name, owner=None, unmanaged=False, profile=None, **kwargs):
    """
    Ensure that a VM does not exist: it is terminated without asking its guest, and what its non-persistent disks held
    is lost.

    Only a VM that these states created is removed (it carries ``SALT_MANAGED``).

    name, owner
        Which VM; see :py:func:`present`.

    unmanaged
        Remove it even if these states did not create it. Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        web1:
          onevm.absent:
            - owner: alice
    """
    return _bridge.absent(globals(), "onevm", locals())


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
