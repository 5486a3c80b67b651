"""Datastores: storage for images, and for the disks of running VMs."""

from __future__ import annotations

from typing import Any

from ...basics.errors import RefusedError
from ...basics.plan import Change, Order
from ...basics.syntax import render
from ...basics.values import YES_NO, Choice, Megabytes, Words
from ...cloud import drivers
from ...cloud.directory import CLUSTERS, DATASTORES, GROUPS, USERS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model import writers
from ...model.about import About
from ...model.attributes import SET_ITSELF, Attributes
from ...model.fields import Attribute
from ...model.kind import Kind
from ...model.members import Members, join_and_leave
from ...model.ownership import GROUP, MANAGED, PERMISSIONS, Possessor
from .drivers import DISK_TYPES, IMAGE, SYSTEM, TYPES, refuse_unusable

_WORDS = Words()
#: The value that OpenNebula returns if there is no driver.
_NONE = "-"


class Coded(Attribute):
    """An attribute that OpenNebula stores as a number.

    codes
        What each number stands for.
    """

    def __init__(self, name: str, codes: dict[int, str], **options: Any):
        super().__init__(name, Choice(*codes.values()), erasable=False, **options)
        self.codes = codes

    def read(self, resource: Resource) -> str:
        number = resource.number(self.attribute)
        return self.codes.get(number, str(number))


class Enabled(Attribute):
    """Whether the datastore is enabled; OpenNebula stores whether it is disabled."""

    def read(self, resource: Resource) -> bool:
        return not resource.number(self.path)


TYPE = Coded(
    "type",
    dict(enumerate(TYPES)),
    writer=None,
    doc=(
        "Its purpose: images (``IMAGE_DS``), the disks of running VMs (``SYSTEM_DS``), kernels and other files "
        "(``FILE_DS``), or backups (``BACKUP_DS``)."
    ),
    otherwise="``IMAGE_DS`` for a new datastore",
    example="SYSTEM_DS",
)
_FIELDS = (
    TYPE,
    Attribute(
        "ds_mad",
        path="DS_MAD",
        usual=_NONE,
        erasable=False,
        doc=(
            "Driver that stores the images, such as ``fs``, ``ceph``, ``dev``, ``rsync`` or ``restic``. Needed to "
            "create any datastore but a ``SYSTEM_DS``, which has none."
        ),
        example="fs",
    ),
    Attribute(
        "tm_mad",
        path="TM_MAD",
        usual=_NONE,
        erasable=False,
        doc=(
            "Driver that transfers images to the hosts, such as ``local``, ``ssh``, ``shared``, ``fs_lvm_ssh`` or "
            "``ceph``. Needed to create any datastore but a ``BACKUP_DS``, which has none."
        ),
        example="shared",
    ),
    Coded(
        "disk_type",
        DISK_TYPES,
        doc="What its disks are: files, block devices (LVM on a SAN), images of Ceph (``RBD``) and so on.",
        otherwise="``FILE`` for a new datastore",
        example="BLOCK",
    ),
    Members(
        "clusters",
        CLUSTERS,
        "CLUSTERS/ID",
        mirror="DATASTORES",
        mirrored="datastores",
        writer="clusters",
        holds=True,
        doc="Names of all clusters that it belongs to. A cluster that declares its ``datastores`` must agree.",
        otherwise="``[default]`` for a new datastore",
        example="[default, blades]",
    ),
    Enabled(
        "enabled",
        YES_NO,
        path="STATE",
        template=False,
        writer="enabled",
        doc="Whether new VMs may be put on it; only a ``SYSTEM_DS`` can be disabled.",
        example="false",
    ),
    Attribute(
        "limit",
        Megabytes(),
        attribute="LIMIT_MB",
        doc="The space that OpenNebula may use of it.",
        example="2T",
    ),
    Attribute("bridge_list", _WORDS, doc="Hosts that work on images in place of the front end.", example="[host01]"),
    Attribute("safe_dirs", _WORDS, doc="Folders of the front end that images may come from.", example="[/var/tmp]"),
    Attribute("restricted_dirs", _WORDS, doc="Folders that images may not come from.", example="[/]"),
    Attribute("pool_name", doc="Pool of Ceph.", example="one"),
    Attribute("ceph_host", _WORDS, doc="Monitors of Ceph.", example="[mon1, mon2, mon3]"),
    Attribute("ceph_user", doc="User of Ceph.", example="libvirt"),
    Attribute(
        "ceph_secret",
        doc="UUID of the secret that libvirt on the hosts keeps for that user.",
        example="7ebb2445-e96e-44c6-b7c7-07dc7a50f311",
    ),
    Attribute("ceph_conf", doc="Configuration file of Ceph, if not the default one.", example="/etc/ceph/two.conf"),
    Possessor("owner", writer="chown"),
    GROUP,
    PERMISSIONS,
    MANAGED,
)
#: DATASTORE_ENCRYPTED_ATTR in oned.conf, release 7.4.0.
_ENCRYPTED = ("NETAPP_PASS", "PUREFA_API_TOKEN", "RESTIC_PASSWORD")
#: Attributes that OpenNebula copies into every datastore from the configuration of its drivers (Datastore.cc, 7.4.0).
_APART: tuple[str, ...] = ("ALLOW_ORPHANS", "BASE_PATH", "CLONE_TARGET", "LN_TARGET", "PERSISTENT_SNAPSHOTS", "SHARED")
_APART += ("DS_MIGRATE", "DS_LIVE_MIGRATE", "DS_MIGRATE_SNAP")
#: The sections of oned.conf that define its drivers.
_DRIVERS = {"DS_MAD": drivers.DATASTORES, "TM_MAD": drivers.TRANSFER}
_ARGUMENTS = {each.attribute: each.name for each in _FIELDS if isinstance(each, Attribute)}


def _allocate(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> int:
    clusters = order.wanted.get("clusters")
    cluster = cloud.get(CLUSTERS, clusters[0]).id if clusters else writers.KEEP
    return cloud.call("one.datastore.allocate", render(attributes), cluster)


def _check(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    kind = order.wanted.get("type") or (IMAGE if resource is None else TYPE.read(resource))
    if order.wanted.get("enabled") is False and kind != SYSTEM:
        raise RefusedError(f"enabled: only a SYSTEM_DS can be disabled, and this is a datastore of type {kind}.")
    changed = writers.merged(change for change in DATASTORE.changes(order, resource) if change.writer == "update")
    if resource is None or changed:
        there = DATASTORE.contribution(order) if resource is None else resource.attributes
        template = {**there, **changed}
        refuse_unusable(kind, template, _ARGUMENTS)
        for attribute, section in _DRIVERS.items():
            if template.get(attribute) != (resource.attributes.get(attribute) if resource is not None else None):
                drivers.refuse_undefined(cloud, _ARGUMENTS[attribute], template[attribute], section, ("-",))


def _write_chown(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Change the owner, the group, or both."""
    wanted = {change.field: change.write for change in changes}
    user = cloud.get(USERS, wanted["owner"]).id if "owner" in wanted else writers.KEEP
    group = cloud.get(GROUPS, wanted["group"]).id if "group" in wanted else writers.KEEP
    cloud.call("one.datastore.chown", resource.id, user, group)


def _write_enabled(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    cloud.call("one.datastore.enable", resource.id, changes[-1].write)


def _in_use(cloud: Cloud, resource: Resource) -> None:
    images = [each for each in cloud.read(DATASTORES, resource.id).ids("IMAGES") if not cloud.leaving("oneimage", each)]
    if images:
        raise RefusedError(
            f"datastore {resource.name} (ID {resource.id}) still has {len(images)} "
            f"image{'s' if len(images) > 1 else ''}. Remove them first."
        )


DATASTORE = Kind.of(
    DATASTORES,
    about=About(
        rights=(
            "the account creates datastores with CREATE on DATASTORE and ADMIN on the cluster, and changes or removes "
            "them with MANAGE; to add one to a cluster or remove it, it needs ADMIN on both, to give it away "
            "MANAGE on the user and USE on the group."
        ),
        example="ceph",
        declared="""
        - ds_mad: ceph
        - tm_mad: ceph
        - disk_type: RBD
        - pool_name: one
        - ceph_host: [mon1, mon2, mon3]
        - ceph_user: libvirt
        - ceph_secret: 7ebb2445-e96e-44c6-b7c7-07dc7a50f311
        - bridge_list: [host01, host02]
        - limit: 2T
        """,
        kept="one with images",
    ),
    fields=(
        *_FIELDS,
        Attributes(
            _FIELDS,
            encrypted=_ENCRYPTED,
            elsewhere=dict.fromkeys(_APART, SET_ITSELF),
            example="{DATASTORE_CAPACITY_CHECK: false}",
        ),
    ),
    create=_allocate,
    writers={
        "update": writers.update("one.datastore"),
        "clusters": join_and_leave(
            "one.cluster.adddatastore", "one.cluster.deldatastore", member_first=True, part=CLUSTERS
        ),
        "enabled": _write_enabled,
        "chown": _write_chown,
        "chmod": writers.chmod("one.datastore"),
    },
    remove=lambda cloud, resource: cloud.call("one.datastore.delete", resource.id),
    in_the_way=_in_use,
    check=_check,
)
