"""
Virtual routers of OpenNebula
=============================

A virtual router is a group of VMs that have their NICs in common. A state sets what it declares and leaves everything
else alone: an argument that is left out or ``null`` is not managed.

The router and its VMs belong to one user, and join networks of that user, or networks that are shared. The VMs are part
of the router: they are made and removed with it, and the states look at no such VM by itself.

The connection is configured once, under ``opennebula:connection`` in the pillar or the minion's configuration.

Rights: the account is ``oneadmin``, or a member of its group; for its own routers, CREATE on VROUTER, and USE on
template and networks. The owner needs USE on the template.
"""

try:
    from onecore.bridge import states as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import states as _bridge

__virtualname__ = "onevrouter"


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def present(
    name,
    owner=None,
    template=None,
    template_owner=None,
    nics=None,
    keepalived_id=None,
    context=None,
    enrolment=None,
    vms=None,
    wait=None,
    group=None,
    attributes=None,
    profile=None,
    **kwargs,
):
    """
    Ensure that a virtual router exists and is as declared.

    name
        Name of the virtual router. Its VMs are called ``<name>-0``, ``<name>-1`` and so on.

    owner
        Name of the user it belongs to, and its VMs. Defaults to the account that Salt converges as.

    template
        Name of the VM template its VMs are made from, one with the attribute ``VROUTER``. Needed to create it.

    template_owner
        Name of the user whose template that is. Defaults to the account that Salt converges as.

    nics
        All NICs, in order: a list of mappings with ``network``, its ``owner`` where that is not the router's, ``ip``,
        and any other attribute of a NIC in lower case. With ``floating_ip: true`` its address is one that all VMs
        share, and each has one of its own besides; without, the VM has the address. A network of another user who is
        no administrator needs ``shared: true``. NICs are attached and detached one by one.

    keepalived_id
        Number of the group of VMs, for keepalived in the guests, from 1 to 255.

    context
        Parts of the context of its VMs, a mapping of texts, added to the template's. Written when a VM is made, and
        not compared afterwards. ``VM_NAME`` and ``SALT_MINION_ID``, if given, are made to fit each VM: the name is its
        own, and every VM but the first has its number added to the minion id (``gw-alice``, ``gw-alice-1``).

    enrolment
        Make new VMs able to become minions by themselves; see :py:func:`onevm.present`.

    vms
        How many VMs it has. Defaults to 1. Those that are too many are terminated, the youngest first.

    wait
        Whether to wait until new VMs are there. Defaults to ``True``.

    group
        Name of its group, and that of its VMs.

    attributes
        Any other attribute, by name: a text, a mapping for a vector, a list for a repeated attribute, ``null`` to
        remove it.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        gateway of alice:
          onevrouter.present:
            - name: gateway
            - owner: alice
            - template: router
            - vms: 2
            - nics:
              - {network: EOLE, owner: oneadmin, ip: 192.168.230.11, floating_ip: true}
              - {network: academie, ip: 192.168.0.1, floating_ip: true}
    """
    return _bridge.present(globals(), "onevrouter", locals())


def absent(name, owner=None, unmanaged=False, profile=None, **kwargs):
    """
    Ensure that a virtual router does not exist: its VMs are terminated without asking their guests.

    Only a virtual router that these states created is removed (it carries ``SALT_MANAGED``).

    name, owner
        Which virtual router; see :py:func:`present`.

    unmanaged
        Remove it even if these states did not create it. Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        old gateway of alice:
          onevrouter.absent:
            - name: gateway
            - owner: alice
    """
    return _bridge.absent(globals(), "onevrouter", locals())
