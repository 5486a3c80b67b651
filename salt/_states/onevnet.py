"""
Virtual networks of OpenNebula
==============================

A state sets what it declares and leaves everything else alone: an argument that is left out or ``null`` is not
managed. A network is known by its owner and its name, since every user may have a network of the same name;
without ``owner`` it is the network of the account that Salt converges as.

The connection is configured once, under ``opennebula:connection`` in the pillar or the minion's configuration.

Rights: the account creates networks with CREATE on NET and ADMIN on the cluster; it changes or removes them with
MANAGE, their address ranges with ADMIN. To give one to another user it needs MANAGE on the user and USE on the group.
Only members of group ``oneadmin`` choose a driver, bridge or physical device (VNET_RESTRICTED_ATTR in oned.conf), and
a VLAN unless a VLAN rule of the group allows it.
"""

try:
    from onecore.bridge import states as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import states as _bridge

__virtualname__ = "onevnet"


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def present(
    name,
    owner=None,
    driver=None,
    vlan_id=None,
    automatic_vlan_id=None,
    outer_vlan_id=None,
    automatic_outer_vlan_id=None,
    bridge=None,
    phydev=None,
    mtu=None,
    network_address=None,
    network_mask=None,
    gateway=None,
    dns=None,
    address_ranges=None,
    clusters=None,
    group=None,
    permissions=None,
    attributes=None,
    timeout=None,
    profile=None,
    **kwargs,
):
    """
    Ensure that a virtual network exists and is as declared.

    name
        Name of the network, at most 128 bytes, without any of ``& | : \\ " ; / ' # { } $ < >``.

    owner
        Name of the user it belongs to. A network of another user with the same name is another network.
        Defaults to the account that Salt converges as.

    driver
        Network driver (``VN_MAD``): ``802.1Q``, ``vxlan``, ``bridge``, ``fw``, ``ovswitch``, ``ovswitch_vxlan``,
        ``dummy`` or one that the cloud defines itself. Needed to create the network.

    vlan_id
        VLAN number, 1 to 4095, or VXLAN number, 1 to 16777215. Changing it reaches running VMs.

    automatic_vlan_id
        ``true`` lets OpenNebula draw the number. That happens once, at creation.

    outer_vlan_id, automatic_outer_vlan_id
        The same for the outer number of ``ovswitch_vxlan``.

    bridge
        Bridge on the hosts. OpenNebula's default is ``onebr.<vlan_id>``, or ``onebr<ID>``.

    phydev
        Physical device of the hosts; needed by ``802.1Q`` and ``vxlan``. Changing it reaches running VMs.

    mtu
        MTU in bytes. Changing it reaches running VMs.

    network_address, network_mask, gateway, dns
        What guests learn from their context: addresses; ``network_mask`` as ``255.255.255.0``; ``dns`` may name
        several addresses, separated by blanks.

    address_ranges
        Every address range of the network: a mapping by label, or a list. Each has ``type`` (``IP4``, the default,
        ``IP6``, ``IP6_STATIC``, ``IP4_6``, ``IP4_6_STATIC`` or ``ETHER``), ``size`` in addresses, and where it
        begins: ``ip``, ``ip6``, ``mac``, ``global_prefix``, ``ula_prefix``, ``prefix_length``; any other attribute
        may be added. A range is known by its type and its first address. Ranges are added, changed and removed one
        by one; one that is not listed is removed, unless addresses of it are in use.

    clusters
        Names of all clusters the network belongs to.

    group
        Name of its group.

    permissions
        Three octal digits in quotes: owner, group, others; 4 is USE, 2 MANAGE, 1 ADMIN.

    attributes
        Any other attribute of the network's template, by name: a text, a mapping for a vector, a list for a
        repeated attribute, ``null`` to remove it.

    timeout
        Seconds to wait until the network is READY. Defaults to 120.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        dmz1 of alice:
          onevnet.present:
            - name: dmz1
            - owner: alice
            - driver: 802.1Q
            - phydev: eth1
            - vlan_id: 108
            - network_address: 10.1.3.0
            - network_mask: 255.255.255.0
            - gateway: 10.1.3.1
            - address_ranges:
                pool: {ip: 10.1.3.50, size: 150}
    """
    return _bridge.present(globals(), "onevnet", locals())


def absent(name, owner=None, unmanaged=False, profile=None, **kwargs):
    """
    Ensure that a virtual network does not exist.

    Only a network that these states created is removed (it carries ``SALT_MANAGED``), and never one with addresses
    in use.

    name, owner
        Which network; see :py:func:`present`.

    unmanaged
        Remove it even if these states did not create it. Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        old dmz of alice:
          onevnet.absent:
            - name: dmz-old
            - owner: alice
    """
    return _bridge.absent(globals(), "onevnet", locals())


def renamed(name, source, owner=None, profile=None, **kwargs):
    """
    Ensure that the virtual network called ``source`` is called ``name``; its ID and its VMs stay.

    name
        The name it shall have.

    source
        The name it has had.

    owner
        Name of the user it belongs to. Defaults to the account that Salt converges as.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        dmz1:
          onevnet.renamed:
            - source: dmz
            - owner: alice
    """
    return _bridge.renamed(globals(), "onevnet", locals())
